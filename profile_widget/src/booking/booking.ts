/** The booking flow: which step comes next, and the visit that is made of the choices. */

import type { Sentence } from "../catalogue";
import type { Appointment, IntakeField, Visit, VisitItem } from "../contract";
import { moment } from "../dates";
import { Failure } from "../failure";
import { isUnderway, pendingSentence, waits } from "../pending";
import type { Shell } from "../shell";
import { type Choice, Choices } from "./choices";
import {
  type Answers,
  type Mistake,
  attendeeFields,
  contactOf,
  fieldOfIssue,
  mistakesIn,
} from "./form";

export type Step = Choice | "contact";

const STEPS: readonly Step[] = ["municipality", "products", "location", "day", "time", "contact"];
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

/** What to say of an item that is no appointment and carries no refusal of its own. */
const NO_APPOINTMENT: Partial<Record<VisitItem["state"], string>> = {
  cancelled: "bookingChanged",
  expired: "holdExpired",
  failed: "other",
  rejected: "bookingChanged",
  replaced: "bookingChanged",
};

export class Booking {
  readonly choices: Choices;
  readonly steps: readonly Step[];
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

  #stopped = false;
  /** The contact data of `visit` left this page: whatever was answered, it may be booked. */
  #mayBeBooked = false;
  /** The start that `visit` was made for. */
  #visitStart: string | undefined;

  /** `moving` is the appointment that is to get another time, where no new one is made. */
  constructor(
    private readonly shell: Shell,
    readonly moving: Appointment | undefined,
    municipalityId: string | undefined,
    givenName: string | undefined,
    private readonly leave: () => void,
  ) {
    this.choices = new Choices(shell, municipalityId);
    this.steps = moving ? STEPS_OF_A_MOVE : STEPS;
    this.step = moving ? "day" : "municipality";
    if (moving) this.choices.copy(moving);
    if (givenName) this.answers["givenName"] = givenName;
    this.#goTo(this.step);
  }

  get fields(): readonly IntakeField[] {
    return [...attendeeFields(this.forOther), ...(this.visit?.items[0]?.intakeFields ?? [])];
  }

  /** Notes a choice, as `note` does it. */
  choose(note: () => void): void {
    note();
    this.notice = undefined;
    this.shell.requestUpdate();
  }

  turn(windows: number): void {
    void this.choices.turn(windows);
    this.shell.focusOn("h3");
  }

  back(): void {
    if (this.busy) return;
    this.#goTo(this.steps[this.steps.indexOf(this.step) - 1] ?? this.step);
  }

  async next(): Promise<void> {
    const { step } = this;
    if (this.busy) return;
    if (step === "contact") await this.#confirm();
    else if (!this.choices.has(step)) this.#stay((words) => words.choose[step]);
    else if (step !== "time") this.#goTo(this.steps[this.steps.indexOf(step) + 1] ?? step);
    else await (this.moving ? this.#reschedule(this.moving) : this.#createVisit());
  }

  /** The citizen went elsewhere: no more looks at the visit. */
  stop(): void {
    this.#stopped = true;
    this.#release();
  }

  #goTo(step: Step, notice?: Sentence): void {
    const { choices, steps } = this;
    const forward = steps.indexOf(step) >= steps.indexOf(this.step);
    this.step = step;
    this.notice = notice;
    this.mistakes = new Map();
    if (step === "municipality" && !choices.municipalities.value) void choices.loadMunicipalities();
    if (step === "products" && !choices.products.value) void choices.loadProducts();
    if (step === "location" && forward) void choices.loadLocations();
    if (step === "day" && forward) void choices.loadDays(choices.today);
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
    const step = CHOOSE_AGAIN[code];
    this.sent = false;
    if (step === "time") {
      this.#forget();
      await this.choices.loadSlots();
      this.#goTo(this.choices.has("day") ? "time" : "day", sentence);
    } else if (step && this.steps.includes(step)) {
      this.#goTo(step, sentence);
      this.mistakes = new Map(issues.map(({ name }) => [fieldOfIssue(name), "refused"]));
    } else {
      this.#stay(sentence);
    }
  }

  #createVisit(): Promise<void> {
    return this.#working(async () => {
      if (this.visit && this.#mayBeBooked) {
        const visit = await this.shell.gateway.visit(this.visit.id);
        if (!isOpen(visit)) return this.#end(visit);
      }
      const kept = this.visit?.items[0]?.heldUntil ?? this.visit?.expiresAt ?? 0;
      if (new Date(kept) < new Date() || this.#visitStart !== this.choices.start) {
        this.#release();
        const { slotId } = await this.choices.freshSlot();
        this.#throwRefusal(await this.#settled(await this.shell.gateway.createVisit(slotId)));
        this.#visitStart = this.choices.start;
      }
      this.#goTo("contact");
    });
  }

  async #confirm(): Promise<void> {
    const { visit, fields, answers, shell } = this;
    if (!visit) return;
    this.mistakes = mistakesIn(fields, answers);
    if (this.mistakes.size) {
      this.#stay((words) => words.mistakesTitle);
      return;
    }
    await this.#working(async () => {
      this.#mayBeBooked = true;
      const contact = contactOf(fields, answers);
      const answer = await shell.gateway
        .confirmVisit(visit, contact)
        .catch((failure: Failure) => this.#afterAll(visit, failure));
      await this.#end(answer ?? (await shell.gateway.visit(visit.id)));
    });
  }

  /** The visit, where it went on although the confirm failed. It is never booked a second time. */
  async #afterAll({ id }: Visit, failure: Failure): Promise<Visit> {
    if (failure.outcome === "notApplied" && failure.code !== "bookingChanged") throw failure;
    const visit = await this.shell.gateway.visit(id);
    if (isOpen(visit)) throw failure;
    return visit;
  }

  /** Shows the visit until it has ended, and how. */
  async #end(visit: Visit): Promise<void> {
    const { shell } = this;
    this.sent = true;
    shell.focusOn("h2");
    const { id, items } = await this.#settled(visit);
    if (this.#stopped) return;
    this.#throwRefusal({ items });
    shell.focusOn("h2");
    if (items.some(({ pending }) => pending)) return;
    shell.tell("afspraken-booked", { visitId: id, appointmentIds: items.map((item) => item.id) });
  }

  /** Gives back a slot that is kept but not wanted. If that fails, it lapses by itself. */
  #release(): void {
    if (!this.#mayBeBooked)
      for (const { id } of this.visit?.items ?? [])
        this.shell.gateway.cancel(id).catch(() => undefined);
    this.#forget();
  }

  #forget(): void {
    this.visit = undefined;
    this.#mayBeBooked = false;
  }

  #throwRefusal({ items }: Pick<Visit, "items">): void {
    for (const { state, refusal } of items) {
      const code = NO_APPOINTMENT[state];
      if (code) throw new Failure(refusal ?? code, "notApplied");
    }
  }

  /** Looks at the visit until all of it is certain, or the citizen goes elsewhere. */
  async #settled(visit: Visit): Promise<Visit> {
    const pause = waits();
    this.visit = visit;
    while (isUnderway(this.visit) && !this.#stopped) {
      this.shell.requestUpdate();
      await new Promise((resume) => setTimeout(resume, pause.next().value));
      this.visit = await this.shell.gateway.visit(visit.id).catch(() => this.visit ?? visit);
    }
    return this.visit;
  }

  #reschedule(moving: Appointment): Promise<void> {
    return this.#working(async () => {
      const { slotId } = await this.choices.freshSlot();
      const after = await this.shell.gateway.reschedule(moving.id, slotId);
      const local = { language: this.shell.language, zone: this.choices.zone };
      this.leave();
      this.shell.announce(
        pendingSentence(after) ?? ((words) => words.rescheduled(moment(local, after.start))),
      );
    });
  }
}

function isOpen({ state }: Visit): boolean {
  return state === "chosen" || state === "held";
}
