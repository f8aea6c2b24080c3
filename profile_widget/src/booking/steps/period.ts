/** Which days are shown, and a way to earlier and later ones. */

import { type TemplateResult, html } from "lit";

import { shortDay } from "../../dates";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";

export function period({ words: t, language }: Shell, booking: Booking): TemplateResult {
  const { choices } = booking;
  const bound = (day: string) => shortDay({ language, zone: choices.zone }, `${day}T12:00Z`);
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
  </div>`;
}

/** Nothing is free on the days that are shown. */
export function nothingFree(
  { words: t, language }: Shell,
  { choices }: Booking,
  sentence: (first: string, last: string) => string,
): TemplateResult {
  const bound = (day: string) => shortDay({ language, zone: choices.zone }, `${day}T12:00Z`);
  return html`<div class="note">
    <p>${sentence(bound(choices.firstDay), bound(choices.lastDay))}</p>
    <p>${t.noDaysAdvice}</p>
  </div>`;
}
