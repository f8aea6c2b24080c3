/** The step in which the municipality is chosen. */

import { html } from "lit";

import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { options } from "./options";
import { search } from "./search";

export function municipalityStep(shell: Shell, booking: Booking): unknown {
  const { words: t } = shell;
  const { choices } = booking;
  return whenCollected(
    shell,
    choices.municipalities,
    () => void choices.loadMunicipalities(),
    ({ items }) =>
      search(
        t,
        t.search.municipality,
        items,
        choices.sought.municipality,
        (text) => booking.choose(() => (choices.sought.municipality = text)),
        (found) =>
          html`<div role="radiogroup" aria-labelledby="question">
            ${options(
              "municipality",
              "rows",
              found.map(({ id, name }) => ({ value: id, label: name })),
              choices.municipality?.id,
              (id) =>
                booking.choose(() => {
                  const municipality = items.find((item) => item.id === id);
                  if (municipality) choices.chooseMunicipality(municipality);
                }),
            )}
          </div>`,
      ),
  );
}
