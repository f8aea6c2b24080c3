/** The list of upcoming appointments. */

import { type TemplateResult, html, nothing } from "lit";

import type { Appointment } from "../contract";
import { whenCollected } from "../notices";
import type { Shell } from "../shell";
import type { Appointments } from "./appointments";
import { cancelDialog } from "./cancel-dialog";
import { card } from "./card";

export function appointmentsScreen(
  shell: Shell,
  appointments: Appointments,
  book: (moving?: Appointment) => void,
): TemplateResult {
  const { words: t } = shell;
  const actions = (item: Appointment) => html`
    ${
      item.canReschedule
        ? html`<button aria-describedby="title-${item.id}" @click=${() => book(item)}>
            ${t.reschedule}
          </button>`
        : nothing
    }
    ${
      item.canCancel
        ? html`<button aria-describedby="title-${item.id}" @click=${() => appointments.ask(item)}>
            ${t.cancel}
          </button>`
        : nothing
    }
  `;
  return html`
    <div class="top">
      <h2 tabindex="-1">${t.title}</h2>
      <button class="primary" @click=${() => book()}>${t.newAppointment}</button>
    </div>
    ${whenCollected(
      shell,
      appointments.answer,
      () => void appointments.refresh(),
      ({ notAsked }) => html`
        ${
          appointments.upcoming.length
            ? html`<ul class="cards">
                ${appointments.upcoming.map((item) => html`<li>${card(shell, item, actions(item))}</li>`)}
              </ul>`
            : html`<p class="note">${t.empty}</p>`
        }
        ${notAsked ? html`<p class="small">${t.notAsked}</p>` : nothing}
      `,
    )}
    ${cancelDialog(shell, appointments)}
  `;
}
