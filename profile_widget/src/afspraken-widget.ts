/** `<afspraken-widget>`: a citizen's appointments in every municipality, inside any page. */

import {
  LitElement,
  type PropertyValues,
  type TemplateResult,
  adoptStyles,
  html,
  nothing,
} from "lit";

import type { Booking } from "./booking/booking";
import type { bookingScreen } from "./booking/screen";
import { type Language, type Sentence, type Words, languageOf, wordsIn } from "./catalogue";
import type { Appointment, Session } from "./contract";
import { Failure } from "./failure";
import { Gateway } from "./gateway";
import { Appointments } from "./list/appointments";
import { appointmentsScreen } from "./list/screen";
import { alert, skeleton, whenHere } from "./notices";
import { Remote } from "./remote";
import type { Shell } from "./shell";
import { styles } from "./styles";

/** Milliseconds before a language that could not be loaded is asked for again. */
const TRY_AGAIN = 5_000;

/**
 * Attributes: `gateway` (the origin of the gateway, by default where this script came from),
 * `lang` (nl, fr, de or en), `municipality` (the id of the citizen's own, asked and chosen first).
 * Events: `afspraken-booked` {visitId, appointmentIds}, `afspraken-cancelled` {appointmentId}.
 */
class AfsprakenWidget extends LitElement implements Shell {
  static override readonly styles = styles;
  static override readonly properties = {
    gatewayOrigin: { attribute: "gateway" },
    lang: {},
    municipality: {},
  };

  declare gatewayOrigin: string | null;
  declare lang: string;
  declare municipality: string | null;

  gateway!: Gateway;
  words!: Words;
  language: Language = "nl";

  readonly #session = new Remote<Session>(() => this.requestUpdate());
  readonly #appointments = new Appointments(this, () => this.municipality);
  #booking: Booking | undefined;
  #bookingScreen: typeof bookingScreen | undefined;
  #status: Sentence | undefined;
  #isWarning = false;
  #failure: Failure | undefined;
  #loginExpired = false;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("focus", this.#onReturn);
    if (this.hasUpdated) void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("focus", this.#onReturn);
    this.#appointments.stop();
    this.#booking?.stop();
    this.#booking = undefined;
  }

  announce(sentence?: Sentence, isWarning = false): void {
    this.#status = sentence;
    this.#isWarning = isWarning;
    this.#failure = undefined;
    this.requestUpdate();
  }

  focusOn(selector: string): void {
    this.requestUpdate();
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(selector)?.focus(),
    );
  }

  tell(event: "afspraken-booked" | "afspraken-cancelled", detail: object): void {
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("gatewayOrigin") || !this.hasUpdated) {
      const origin = this.gatewayOrigin ?? new URL(import.meta.url).origin;
      this.gateway = new Gateway(
        origin.replace(/\/$/, ""),
        () => this.language,
        () => this.#onLoginMissing(),
      );
      void this.#start();
    }
    if (changed.has("lang") || !this.hasUpdated) void this.#speakOrWait();
  }

  protected override updated(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("dialog:not([open])")?.showModal();
  }

  protected override render(): TemplateResult {
    const { words: t } = this;
    if (!t) return skeleton();
    // It may be about an appointment, and be answered late: nobody else's screen is for that.
    const status = this.#session.value?.loggedIn ? this.#status?.(t) : undefined;
    return html`<div class="widget" lang=${this.language}>
      <p role="status" class=${this.#isWarning ? "status warning" : "status"}>${status}</p>
      ${alert(this.#failure?.sentence(t))} ${this.#loginExpired ? this.#expired() : nothing}
      ${whenHere(
        this,
        this.#session,
        () => void this.#start(),
        (session) => (session.loggedIn ? this.#screen(session) : this.#loggedOut()),
      )}
    </div>`;
  }

  #screen({ givenName }: Session): TemplateResult {
    if (this.#booking && this.#bookingScreen)
      return this.#bookingScreen(this, this.#booking, () => this.#leave());
    return html`
      ${appointmentsScreen(this, this.#appointments, (moving) => void this.#book(moving))}
      <div class="bottom small">
        ${givenName ? this.words.loggedInAs(givenName) : nothing}
        <button class="quiet" @click=${() => this.#logOut()}>${this.words.logOut}</button>
      </div>
    `;
  }

  #loggedOut(): TemplateResult {
    const { words: t, gateway } = this;
    return html`<div class="welcome">
      <h2>${t.loggedOutTitle}</h2>
      <p>${t.loggedOut}</p>
      <a class="button primary" href=${gateway.loginUrl()}>${t.logIn}</a>
    </div>`;
  }

  /** While booking, the login opens beside this page: what was filled in lives in memory only. */
  #expired(): TemplateResult {
    const { words: t, gateway } = this;
    return html`<div class="note warning" role="alert">
      <p>${this.#booking ? t.loginExpiredKept : t.loginExpired}</p>
      <a class="button" href=${gateway.loginUrl()} target=${this.#booking ? "_blank" : "_self"}
        >${t.logInAgain}</a
      >
    </div>`;
  }

  async #start(): Promise<void> {
    await this.#session.load(() => this.gateway.session());
    if (this.#session.value?.loggedIn) await this.#appointments.refresh();
  }

  async #speakOrWait(): Promise<void> {
    await this.#speak(!!this.#booking).catch(() => {
      setTimeout(() => this.#speakOrWait(), TRY_AGAIN);
    });
  }

  async #speak(withBooking: boolean): Promise<void> {
    const language = languageOf(this.lang);
    const words = await wordsIn(language, withBooking);
    if (language !== languageOf(this.lang)) return this.#speak(withBooking);
    const isChange = this.words && language !== this.language;
    this.words = words;
    this.language = language;
    this.requestUpdate();
    // Names of products come from the gateway in the language that was asked for.
    if (!isChange || !this.#session.value?.loggedIn) return;
    this.#booking?.translate();
    void this.#appointments.refresh();
  }

  async #book(moving?: Appointment): Promise<void> {
    try {
      const [flow] = await Promise.all([import("./booking/flow"), this.#speak(true)]);
      adoptStyles(this.renderRoot as ShadowRoot, [...styles, flow.styles]);
      this.#appointments.stop();
      this.#bookingScreen = flow.bookingScreen;
      this.#booking = new flow.Booking(
        this,
        moving,
        this.municipality ?? undefined,
        this.#session.value?.givenName ?? undefined,
        () => this.#leave(),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #leave(): void {
    this.#booking?.stop();
    this.#booking = undefined;
    this.announce();
    this.focusOn("h2");
    void this.#appointments.refresh();
  }

  #fail(error: unknown): void {
    this.#failure = Failure.from(error);
    this.focusOn(".alert");
  }

  #onLoginMissing(): void {
    if (this.#loginExpired || !this.#session.value?.loggedIn) return;
    this.#loginExpired = true;
    this.#appointments.ask();
    this.focusOn("[role=alert] a");
  }

  /** The citizen comes back to this page, perhaps from logging in again. */
  readonly #onReturn = async (): Promise<void> => {
    if (!this.#loginExpired) return;
    const session = await this.gateway.session().catch(() => undefined);
    if (!session?.loggedIn) return;
    const isSame = session.person === this.#session.value?.person;
    this.#session.value = session;
    this.#loginExpired = false;
    // Never show to one citizen what another saw or filled in.
    if (!isSame) this.#appointments.answer.clear();
    if (!isSame || !this.#booking) this.#leave();
    else this.#booking.choose(() => undefined);
    this.announce((words) => words.loggedInAgain);
    this.focusOn("[tabindex='-1']");
  };

  async #logOut(): Promise<void> {
    try {
      const { logoutUrl } = await this.gateway.logout();
      this.#appointments.stop();
      this.#appointments.answer.clear();
      if (logoutUrl) location.assign(logoutUrl);
      else await this.#start();
    } catch (error) {
      this.#fail(error);
    }
  }
}

// A page may carry the script twice.
if (!customElements.get("afspraken-widget"))
  customElements.define("afspraken-widget", AfsprakenWidget);
