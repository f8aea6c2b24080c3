/** The step in which the place is chosen. */

import { html } from "lit";

import { addressOf } from "../../list/card";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { options } from "./options";

export function locationStep(shell: Shell, booking: Booking): unknown {
  const { choices } = booking;
  return whenCollected(
    shell,
    choices.locations,
    () => void choices.loadLocations(),
    ({ items }) =>
      items.length
        ? html`<div role="radiogroup" aria-labelledby="question">
            ${options(
              "location",
              "rows",
              items.map((item) => ({ value: item.id, label: item.name, hint: addressOf(item) })),
              choices.location?.id,
              (id) =>
                booking.choose(() => (choices.location = items.find((item) => item.id === id))),
            )}
          </div>`
        : html`<p class="note">${shell.words.noLocations}</p>`,
  );
}
