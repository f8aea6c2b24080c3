/** Asks whether an appointment really is to be cancelled. */

import { html, nothing } from "lit";

import { longDay, time } from "../dates";
import { alert } from "../notices";
import type { Shell } from "../shell";
import type { Appointments } from "./appointments";
import { productNames } from "./card";

export function cancelDialog({ words: t, language }: Shell, appointments: Appointments): unknown {
  const { cancelling, together, busy, failure } = appointments;
  if (!cancelling) return nothing;
  const local = { language, zone: cancelling.location.zone };
  const when = `${longDay(local, cancelling.start)}, ${time(local, cancelling.start)}`;
  // The second click of a double click was meant for the button that opened this.
  const yes = (text: string, whole: boolean) =>
    html`<button
      type="button"
      class="danger"
      aria-disabled=${busy}
      @click=${({ detail }: MouseEvent) => detail < 2 && appointments.cancel(whole)}
    >
      ${busy ? t.busy : text}
    </button>`;
  return html`<dialog aria-labelledby="cancel-title" @close=${() => appointments.ask()}>
    <h2 id="cancel-title">${t.cancelTitle}</h2>
    <p>${t.cancelText(productNames(cancelling), when)}</p>
    ${alert(failure?.sentence(t))}
    <form method="dialog" class="actions">
      <button autofocus>${t.cancelNo}</button>
      ${yes(t.cancelYes, false)} ${together > 1 ? yes(t.cancelAll(together), true) : nothing}
    </form>
  </dialog>`;
}
