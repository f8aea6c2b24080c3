/** The step in which the citizen fills in what the source asks. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../../catalogue";
import type { IntakeField } from "../../contract";
import { time } from "../../dates";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { fieldOf, isAttendee } from "./field";
import { options } from "./options";

export function contactStep({ words: t, language }: Shell, booking: Booking): unknown {
  const { choices, visit, fields, forOther } = booking;
  const heldUntil = visit?.items[0]?.heldUntil;
  const attendee = fields.filter(isAttendee);
  const booker = fields.filter((field) => !isAttendee(field));
  return html`
    <p class="note">
      ${heldUntil ? t.held(time({ language, zone: choices.zone }, heldUntil)) : t.notHeld}
    </p>
    <fieldset>
      <legend>${t.forWhom}</legend>
      ${options(
        "for-whom",
        "rows",
        [
          { value: "me", label: t.forMe },
          { value: "other", label: t.forOther },
        ],
        forOther ? "other" : "me",
        (value) => booking.choose(() => (booking.forOther = value === "other")),
      )}
    </fieldset>
    ${fieldset(t, booking, t.attendee, attendee)} ${fieldset(t, booking, t.booker, booker)}
  `;
}

/** Fields that share a one-of group stand together in the place of the first. */
function fieldset(
  t: Words,
  booking: Booking,
  legend: string,
  fields: readonly IntakeField[],
): unknown {
  if (!fields.length) return nothing;
  const groups = new Map<string, IntakeField[]>();
  for (const field of fields) {
    const key = field.oneOfGroup ?? `field ${field.name}`;
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  return html`<fieldset>
    <legend>${legend}</legend>
    ${[...groups.values()].map((group): TemplateResult | TemplateResult[] => {
      const drawn = group.map((field) => fieldOf(t, booking, field));
      return group.length > 1
        ? html`<fieldset class="one-of">
            <legend>${t.oneOf}</legend>
            ${drawn}
          </fieldset>`
        : drawn;
    })}
  </fieldset>`;
}
