/** The citizen's upcoming appointments: read, kept up to date while something is pending, cancelled. */

import type { Appointment, Appointments as Answer } from "../contract";
import { moment } from "../dates";
import { Failure } from "../failure";
import { isUnsettled, pendingSentence, waits } from "../pending";
import { Remote } from "../remote";
import type { Shell } from "../shell";

export class Appointments {
  readonly answer: Remote<Answer>;
  /** The one that the dialog asks about. */
  cancelling: Appointment | undefined;
  busy = false;
  failure: Failure | undefined;
  #timer = 0;
  #waits = waits(2_000);

  /** `home` is the municipality to ask what else it holds. */
  constructor(
    private readonly shell: Shell,
    private readonly home: () => string | null,
  ) {
    this.answer = new Remote(() => shell.requestUpdate());
  }

  /** Those that are still to come, or whose end the citizen should know of. */
  get upcoming(): Appointment[] {
    const now = Date.now();
    return (this.answer.value?.items ?? []).filter(
      (item) => Date.parse(item.end) > now && isShown(item),
    );
  }

  async refresh(): Promise<void> {
    this.stop();
    await this.answer.load(() => this.shell.gateway.appointments(this.home()));
    if (this.answer.value?.items.some(isUnsettled))
      this.#timer = window.setTimeout(() => this.refresh(), this.#waits.next().value);
    else this.#waits = waits(2_000);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Opens the dialog; without an appointment it closes. */
  ask(appointment?: Appointment): void {
    this.cancelling = appointment;
    this.failure = undefined;
    this.shell.requestUpdate();
  }

  /** How many of its visit can be cancelled together, the one that is asked about included. */
  get together(): number {
    const visitId = this.cancelling?.visitId;
    return this.upcoming.filter((item) => visitId && item.canCancel && item.visitId === visitId)
      .length;
  }

  /** Cancels the one that is asked about, or all of its visit. */
  async cancel(whole = false): Promise<void> {
    const { shell, cancelling } = this;
    if (!cancelling || this.busy) return;
    this.busy = true;
    this.failure = undefined;
    shell.requestUpdate();
    try {
      const { gateway } = shell;
      const items = whole
        ? (await gateway.cancelVisit(cancelling.visitId ?? "")).items
        : [await gateway.cancel(cancelling.id)];
      const local = { language: shell.language, zone: cancelling.location.zone };
      const pending = items.map(pendingSentence).find(Boolean);
      shell.announce(
        pending ?? ((words) => words.cancelled(moment(local, cancelling.start))),
        !!pending,
      );
      for (const { id, state } of items)
        if (state === "cancelled") shell.tell("afspraken-cancelled", { appointmentId: id });
      this.ask();
      shell.focusOn("h2");
      void this.refresh();
    } catch (error) {
      this.failure = Failure.from(error);
    }
    this.busy = false;
    shell.requestUpdate();
  }
}

/** What the citizen cancelled needs no more attention; the gateway tells no other ends than these. */
function isShown({ state, cancelledBy }: Appointment): boolean {
  return state !== "cancelled" || cancelledBy === "authority";
}
