/** The step in which the day is chosen: only days that have a free slot are shown. */

import { html } from "lit";

import { leaf, longDay, shortDay } from "../../dates";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { options } from "./options";

export function dayStep(shell: Shell, booking: Booking): unknown {
  const { words: t, language } = shell;
  const { choices } = booking;
  const local = { language, zone: choices.zone };
  const bound = (day: string) => shortDay(local, `${day}T12:00Z`);
  const isFirst = choices.firstDay <= choices.today;
  return html`<div class="window">
      <button
        type="button"
        aria-label=${t.earlierDays}
        aria-disabled=${isFirst}
        @click=${() => isFirst || booking.turn(-1)}
      >
        ‹
      </button>
      <p>${bound(choices.firstDay)} – ${bound(choices.lastDay)}</p>
      <button type="button" aria-label=${t.laterDays} @click=${() => booking.turn(1)}>›</button>
    </div>
    ${whenCollected(
      shell,
      choices.slots,
      () => void choices.loadSlots(),
      () =>
        choices.days.size
          ? html`<div role="radiogroup" aria-labelledby="question">
              ${options(
                "day",
                "tiles",
                [...choices.days].map(([day, start]) => {
                  const [weekday, date, month] = leaf(local, start);
                  const label = html`<small>${weekday}</small><b>${date}</b
                    ><small>${month}</small>`;
                  return { value: day, label, name: longDay(local, start) };
                }),
                choices.day,
                (day) => booking.choose(() => (choices.day = day)),
              )}
            </div>`
          : html`<div class="note">
              <p>${t.noDays(bound(choices.firstDay), bound(choices.lastDay))}</p>
              <p>${t.noDaysAdvice}</p>
            </div>`,
    )}`;
}
