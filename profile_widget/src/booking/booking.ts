/** The booking flow: which step comes next, and the visit that is made of the choices. */

import type { Sentence } from "../catalogue";
import type { Appointment, IntakeField, Visit } from "../contract";
import { moment } from "../dates";
import { Failure } from "../failure";
import { productNames } from "../list/card";
import { isUnderway, pendingSentence } from "../pending";
import type { Shell } from "../shell";
import { BackButton } from "./back-button";
import { type Choice, Choices } from "./choices";
import {
  type Answers,
  type Mistake,
  attendeeFields,
  contactOf,
  fieldOfIssue,
  mistakesIn,
  questionsOf,
} from "./form";
import { follow } from "./progress";
import { Routes } from "./routes";
import { isOpen, keptUntil, throwRefusal } from "./visits";

export type Step = Choice | "contact";

const STEPS: readonly Step[] = ["municipality", "products", "location", "day", "time", "contact"];
const STEPS_OF_A_PLAN: readonly Step[] = ["municipality", "products", "plan", "contact"];
const STEPS_OF_A_MOVE: readonly Step[] = ["day", "time"];

/** Where the citizen chooses anew when the gateway refuses a choice. */
const CHOOSE_AGAIN: Readonly<Record<string, Step>> = {
  bookingChanged: "time",
  citizenTimeConflict: "time",
  customerFieldsMissing: "contact",
  holdExpired: "time",
  outsideBookingWindow: "time",
  productsNotCombinable: "products",
  quantityExceeded: "products",
  slotHeldByOther: "time",
  slotInPast: "time",
  slotTaken: "time",
};

export class Booking {
  readonly choices: Choices;
  step: Step;
  /** Why the citizen is (again) at this step, or cannot go on. */
  notice: Sentence | undefined;
  busy = false;
  /** The booking is made, or on its way: `visit` tells how it ends. */
  sent = false;
  visit: Visit | undefined;

  forOther = false;
  readonly answers: Answers = {};
  mistakes: ReadonlyMap<string, Mistake> = new Map();

  readonly #routes: Routes;
  readonly #backButton = new BackButton(() => this.#backInBrowser());
  readonly #stopping = new AbortController();
  /** What books or moves left this page: whatever was answered, it may be done. */
  #mayBeBooked = false;
  /** The wish that `visit` was made for. */
  #visitWish: string | undefined;

  /** `moving` is the appointment that is to get another time, where no new one is made. */
  constructor(
    private readonly shell: Shell,
    readonly moving: Appointment | undefined,
    municipalityId: string | undefined,
    givenName: string | undefined,
    private readonly leave: () => void,
  ) {
    this.#routes = new Routes(shell.gateway);
    this.choices = new Choices(shell, this.#routes, municipalityId);
    this.step = moving ? "day" : "municipality";
    if (moving) this.choices.copy(moving);
    if (givenName) this.answers["givenName"] = givenName;
    this.#goTo(this.step);
  }

  get steps(): readonly Step[] {
    if (this.moving)
      return this.moving.move === "newThenOld" ? [...STEPS_OF_A_MOVE, "contact"] : STEPS_OF_A_MOVE;
    return this.choices.isPlanned ? STEPS_OF_A_PLAN : STEPS;
  }

  get fields(): readonly IntakeField[] {
    const items = this.moving ? [this.moving] : (this.visit?.items ?? []);
    return [...attendeeFields(this.forOther), ...questionsOf(items)];
  }

  /** Notes a choice, as `note` does it. */
  choose(note: () => void): void {
    note();
    this.notice = undefined;
    this.shell.requestUpdate();
  }

  /** The citizen chooses place and time, for what one counter can do; the products bring plans again. */
  chooseOwnTime(): void {
    this.choices.ownTime = true;
    this.#goTo("location");
  }

  turn(windows: number): void {
    void this.choices.turn(windows);
    this.shell.focusOn("h3");
  }

  back(): void {
    if (this.busy) return;
    this.#goTo(this.steps[this.steps.indexOf(this.step) - 1] ?? this.step);
  }

  /** As `back`, from the browser; before the first step, and once it is sent, is the list. */
  #backInBrowser(): boolean {
    const stays = !this.sent && (this.busy || this.step !== this.steps[0]);
    if (stays) this.back();
    else this.leave();
    return stays;
  }

  async next(): Promise<void> {
    const { step, steps, moving } = this;
    if (this.busy) return;
    if (step !== "contact" && !this.choices.has(step)) {
      this.#stay((words) => words.choose[step]);
    } else if (step === steps.at(-1)) {
      this.mistakes = step === "contact" ? mistakesIn(this.fields, this.answers) : new Map();
      if (this.mistakes.size) this.#stay((words) => words.mistakesTitle);
      else await (moving ? this.#reschedule(moving) : this.#confirm());
    } else if (!moving && (step === "time" || step === "plan")) {
      await this.#createVisit();
    } else {
      this.#goTo(steps[steps.indexOf(step) + 1] ?? step);
    }
  }

  /** Reads what has a name again, in the language that was chosen meanwhile. */
  translate(): void {
    const { products, plans } = this.choices;
    if (products.value) void this.choices.loadProducts();
    if (plans.value) void this.choices.loadPlans();
  }

  /** The citizen went elsewhere: no more looks at the visit, but what was sent is still answered. */
  stop(): void {
    this.#stopping.abort();
    this.#backButton.stop();
    if (!this.#mayBeBooked) this.#release();
  }

  #goTo(step: Step, notice?: Sentence): void {
    const { choices, steps } = this;
    if (step === "products") choices.ownTime = false;
    const forward = steps.indexOf(step) >= steps.indexOf(this.step);
    this.step = step;
    this.notice = notice;
    this.mistakes = new Map();
    if (step === "municipality" && !choices.municipalities.value) void choices.loadMunicipalities();
    if (step === "products" && !choices.products.value) void choices.loadProducts();
    if (step === "location" && forward) void choices.loadLocations();
    if ((step === "day" || step === "plan") && forward) void choices.loadDays(choices.today);
    this.shell.announce();
    this.shell.focusOn(notice ? ".alert" : "h3");
  }

  #stay(notice: Sentence): void {
    this.notice = notice;
    this.shell.requestUpdate();
    this.shell.focusOn(".alert");
  }

  async #working(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.notice = undefined;
    this.shell.announce();
    try {
      await work();
    } catch (error) {
      await this.#refused(Failure.from(error));
    }
    this.busy = false;
    this.shell.requestUpdate();
  }

  /** Brings the citizen to where another choice can be made; all other choices are kept. */
  async #refused({ code, sentence, issues }: Failure): Promise<void> {
    if (this.#stopping.signal.aborted) {
      if (this.#mayBeBooked) this.shell.announce(await this.#failedPart(sentence), true);
      return;
    }
    const step = CHOOSE_AGAIN[code];
    this.sent = false;
    if (this.moving && code === "bookingChanged") {
      // In another window: what stands by now is in the list.
      this.leave();
      this.shell.announce(sentence, true);
    } else if (step === "time") {
      const failed = await this.#failedPart(sentence);
      this.#forget();
      await this.choices.loadFree();
      const { isPlanned } = this.choices;
      this.#goTo(isPlanned ? "plan" : this.choices.has("day") ? "time" : "day", failed);
    } else if (step && this.steps.includes(step)) {
      this.#goTo(step, sentence);
      this.mistakes = new Map(issues.map(({ name }) => [fieldOfIssue(name), "refused"]));
    } else {
      this.#stay(sentence);
    }
  }

  /** Of a visit of several parts, which one it was about, and that nothing is left of the others. */
  async #failedPart(why: Sentence): Promise<Sentence> {
    const { visit } = this;
    if (!visit || visit.items.length < 2) return why;
    const { state, items } = await this.#routes.visit(visit.id).catch(() => visit);
    const part = items.find(({ refusal }) => refusal);
    if (!part || (state !== "failed" && state !== "compensated")) return why;
    return (words) => `${words.partFailed(productNames(part))} ${why(words)}`;
  }

  #createVisit(): Promise<void> {
    return this.#working(async () => {
      if (this.visit && this.#mayBeBooked) {
        const visit = await this.#routes.visit(this.visit.id);
        if (!isOpen(visit)) return this.#end(visit);
      }
      if (keptUntil(this.visit) < Date.now() || this.#visitWish !== this.choices.wish) {
        this.#release();
        const slots = await this.choices.freshSlots();
        throwRefusal(await this.#settled(await this.#routes.createVisit(slots)));
        this.#visitWish = this.choices.wish;
      }
      this.#goTo("contact");
    });
  }

  async #confirm(): Promise<void> {
    const { visit, fields, answers } = this;
    if (!visit) return;
    await this.#working(async () => {
      this.#mayBeBooked = true;
      const contact = contactOf(fields, answers);
      const answer = this.#routes
        .confirmVisit(visit, contact)
        .catch((failure: Failure) => this.#afterAll(visit, failure));
      if (visit.items.length > 1) void this.#watch(visit, answer);
      await this.#end((await answer) ?? (await this.#routes.visit(visit.id)));
    });
  }

  /** Shows how far a visit of several parts is, as long as the answer to the confirm takes. */
  async #watch(visit: Visit, answer: Promise<unknown>): Promise<void> {
    const answered = new AbortController();
    answer.catch(() => undefined).finally(() => answered.abort());
    this.sent = true;
    this.shell.focusOn("h2");
    for await (const seen of follow(this.#routes, visit, answered.signal, () => true)) {
      if (answered.signal.aborted) return;
      this.visit = seen;
      this.shell.requestUpdate();
    }
  }

  /** The visit, where it went on although the confirm failed. It is never booked a second time. */
  async #afterAll({ id }: Visit, failure: Failure): Promise<Visit> {
    if (failure.outcome === "notApplied" && failure.code !== "bookingChanged") throw failure;
    const visit = await this.#routes.visit(id);
    if (isOpen(visit)) throw failure;
    return visit;
  }

  /** Shows the visit until it has ended, and how. */
  async #end(visit: Visit): Promise<void> {
    const { shell } = this;
    this.sent = true;
    this.#focusOnTitle();
    const settled = await this.#settled(visit);
    const { id, items } = settled;
    this.#focusOnTitle();
    // What a person has to find out is shown beside what is certain, and never booked again.
    if (items.some(({ pending }) => pending) || isUnderway(settled)) return;
    throwRefusal(settled);
    shell.tell("afspraken-booked", { visitId: id, appointmentIds: items.map((item) => item.id) });
  }

  #focusOnTitle(): void {
    if (!this.#stopping.signal.aborted) this.shell.focusOn("h2");
  }

  /** Gives back a slot that is kept but not wanted. If that fails, it lapses by itself. */
  #release(): void {
    if (this.visit && !this.#mayBeBooked)
      this.shell.gateway.cancelVisit(this.visit.id).catch(() => undefined);
    this.#forget();
  }

  #forget(): void {
    this.visit = undefined;
    this.#mayBeBooked = false;
  }

  /** Follows the visit until all of it is certain, or the citizen goes elsewhere. */
  async #settled(visit: Visit): Promise<Visit> {
    const show = (seen: Visit) => {
      this.visit = visit = seen;
      this.shell.requestUpdate();
    };
    show(visit);
    for await (const seen of follow(this.#routes, visit, this.#stopping.signal)) show(seen);
    return visit;
  }

  #reschedule(moving: Appointment): Promise<void> {
    return this.#working(async () => {
      this.#mayBeBooked = true;
      const [slotId = ""] = await this.choices.freshSlots();
      const contact = this.step === "contact" ? contactOf(this.fields, this.answers) : undefined;
      const after = await this.#routes.reschedule(moving.id, slotId, contact);
      const local = { language: this.shell.language, zone: this.choices.zone };
      if (!this.#stopping.signal.aborted) this.leave();
      const pending = pendingSentence(after);
      this.shell.announce(
        pending ?? ((words) => words.rescheduled(moment(local, after.start))),
        !!pending,
      );
    });
  }
}
