/** The step in which the time of the day is chosen. */

import { html, nothing } from "lit";

import type { Words } from "../../catalogue";
import { hourOf, time } from "../../dates";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { options } from "./options";

const PARTS: readonly [part: keyof Words["parts"], from: number, until: number][] = [
  ["morning", 0, 12],
  ["afternoon", 12, 18],
  ["evening", 18, 24],
];

export function timeStep(shell: Shell, booking: Booking): unknown {
  const { choices } = booking;
  const { zone } = choices;
  const local = { language: shell.language, zone };
  return whenCollected(
    shell,
    choices.slots,
    () => void choices.loadSlots(),
    () =>
      html`${PARTS.map(([part, from, until]) => {
        const slots = choices.slotsOfDay.filter(({ start }) => {
          const hour = hourOf(zone, start);
          return from <= hour && hour < until;
        });
        if (!slots.length) return nothing;
        return html`<fieldset>
          <legend>${shell.words.parts[part]}</legend>
          ${options(
            "time",
            "tiles",
            slots.map(({ start }) => ({ value: start, label: time(local, start) })),
            choices.start,
            (start) => booking.choose(() => (choices.start = start)),
          )}
        </fieldset>`;
      })}`,
  );
}
