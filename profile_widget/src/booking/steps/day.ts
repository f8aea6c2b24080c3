/** The step in which the day is chosen: only days that have a free slot are shown. */

import { html } from "lit";

import { leaf, longDay } from "../../dates";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { options } from "./options";
import { nothingFree, period } from "./period";

export function dayStep(shell: Shell, booking: Booking): unknown {
  const { choices } = booking;
  const local = { language: shell.language, zone: choices.zone };
  return html`${period(shell, booking)}
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
                const label = html`<small>${weekday}</small><b>${date}</b><small>${month}</small>`;
                return { value: day, label, name: longDay(local, start) };
              }),
              choices.day,
              (day) => booking.choose(() => (choices.day = day)),
            )}
          </div>`
        : nothingFree(shell, booking, shell.words.noDays),
  )}`;
}
