/** The step in which the citizen fills in what the source asks. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../../catalogue";
import type { IntakeField, Visit } from "../../contract";
import { type Local, time } from "../../dates";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { keptUntil } from "../visits";
import { fieldOf, isAttendee } from "./field";
import { options } from "./options";

export function contactStep({ words: t, language }: Shell, booking: Booking): unknown {
  const { moving, visit, fields, forOther } = booking;
  const attendee = fields.filter(isAttendee);
  const booker = fields.filter((field) => !isAttendee(field));
  return html`
    ${moving ? html`<p class="note">${t.newThenOld}</p>` : nothing}
    ${visit ? promise(t, { language, zone: booking.choices.zone }, visit) : nothing}
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

/** What is certain before the citizen agrees, and what can still go wrong. */
function promise(t: Words, local: Local, visit: Visit): TemplateResult {
  const { items, guarantee, risks } = visit;
  const until = time(local, new Date(keptUntil(visit)).toISOString());
  const several = items.length > 1;
  const kept = items.every(({ heldUntil }) => heldUntil);
  return html`<div class="note">
    <p>${kept ? (several ? t.heldAll : t.held)(until) : several ? t.guarantees[guarantee] : t.notHeld}</p>
    ${
      risks.length
        ? html`<p>${t.risksTitle}</p>
            <ul>
              ${risks.map((risk) => html`<li>${t.risks[risk]}</li>`)}
            </ul>`
        : nothing
    }
  </div>`;
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
