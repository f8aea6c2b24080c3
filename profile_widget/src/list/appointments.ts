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

  async cancel(): Promise<void> {
    const { shell, cancelling } = this;
    if (!cancelling || this.busy) return;
    this.busy = true;
    this.failure = undefined;
    shell.requestUpdate();
    try {
      const after = await shell.gateway.cancel(cancelling.id);
      const local = { language: shell.language, zone: after.location.zone };
      shell.announce(
        pendingSentence(after) ?? ((words) => words.cancelled(moment(local, after.start))),
      );
      if (after.state === "cancelled")
        shell.tell("afspraken-cancelled", { appointmentId: after.id });
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

function isShown({ state, cancelledBy }: Appointment): boolean {
  return (
    ["confirming", "pendingApproval", "confirmed", "rejected", "failed"].includes(state) ||
    (state === "cancelled" && cancelledBy === "authority")
  );
}
