/** One appointment: when, where, what for, what to bring, how certain, and what can be done. */

import { type TemplateResult, html, nothing } from "lit";

import type { Catalogue } from "../catalogue";
import type { Appointment, OfferedLocation } from "../contract";
import { type Local, leaf, longDay, moment, time } from "../dates";
import { pendingSentence } from "../pending";
import type { Shell } from "../shell";

export function card(
  { words: t, language, gateway }: Shell,
  appointment: Appointment,
  actions: unknown = nothing,
): TemplateResult {
  const { id, start, end, location, products, pending } = appointment;
  const { telephone } = location;
  const needsPerson = pending?.outcome === "needsDecision";
  const local = { language, zone: location.zone };
  const [weekday, day, month] = leaf(local, start);
  const isFailed = appointment.state === "failed";
  const isLeaving = pending?.operation === "cancel";
  const bring = isLeaving || isFailed ? [] : [...new Set(products.flatMap((product) => product.bring))];
  const state = stateOf(t, appointment);
  const sentence = isFailed ? t.failed : pendingSentence(appointment)?.(t);
  return html`<article class="card" aria-labelledby="title-${id}">
    <div class="leaf" aria-hidden="true"><i>${month}</i><b>${day}</b><span>${weekday}</span></div>
    <div class="about">
      <p class="small">${appointment.municipality}</p>
      <h3 id="title-${id}">${productNames(appointment)}</h3>
      ${state ? html`<p class="state">${state}</p>` : nothing}
      ${
        needsPerson
          ? html`<div class="note warning">
              <p>${sentence}</p>
              ${telephone ? html`<a class="button" href="tel:${telephone}">${t.call(unbroken(telephone))}</a>` : nothing}
            </div>`
          : sentence
            ? html`<p>${sentence}</p>`
            : nothing
      }
      <p class="when">${longDay(local, start)}, ${time(local, start)} – ${time(local, end)}</p>
      <p>${place(location)}</p>
      ${
        bring.length
          ? html`<div class="bring">
              <p>${t.bring}</p>
              <ul>
                ${bring.map((thing) => html`<li>${thing}</li>`)}
              </ul>
            </div>`
          : nothing
      }
      <div class="actions">
        ${
          appointment.state === "confirmed" && !isLeaving
            ? html`<a
                class="button"
                href=${gateway.origin + appointment.calendar}
                download
                aria-describedby="title-${id}"
                >${t.addToCalendar}</a
              >`
            : nothing
        }
        ${actions}
      </div>
      <p class="small">
        ${cancellation(t, appointment, local)} ${verification(t, appointment, local)}
      </p>
    </div>
  </article>`;
}

/** A telephone number stays on one line. */
export function unbroken(telephone: string): string {
  return telephone.replaceAll(" ", "\u00a0");
}

/** "Reispas, Rijbewijs × 2" */
export function productNames({ products }: Pick<Appointment, "products">): string {
  return products
    .map(({ name, quantity }) => (quantity > 1 ? `${name} × ${quantity}` : name))
    .join(", ");
}

export function addressOf({ address }: OfferedLocation): string {
  const { street = "", houseNumber = "", postalCode = "", city = "" } = address ?? {};
  const lines = [`${street} ${houseNumber}`.trim(), `${postalCode} ${city}`.trim()];
  return lines.filter(Boolean).join(", ");
}

function place(location: OfferedLocation): TemplateResult {
  const { name, telephone } = location;
  const text = [name, addressOf(location)].filter(Boolean).join(", ");
  return html`${text}${telephone ? html` · <a href="tel:${telephone}">${telephone}</a>` : nothing}`;
}

function stateOf(
  { states }: Catalogue,
  { state, pending, replacedBy }: Appointment,
): string | undefined {
  if (replacedBy) return states.replaced;
  if (state === "confirmed" && pending)
    return pending.outcome === "running" ? states.pending : states.confirming;
  return (states as Record<string, string>)[state];
}

function verification(t: Catalogue, { freshness }: Appointment, local: Local): unknown {
  const { sync, lastVerifiedAt } = freshness;
  if (!lastVerifiedAt) return nothing;
  const doubt = sync === "fresh" ? nothing : html`<br />${t[sync]}`;
  return html`${t.verified(moment(local, lastVerifiedAt))} ${doubt}`;
}

function cancellation(
  t: Catalogue,
  { state, pending, canCancel, cancellableUntil }: Appointment,
  local: Local,
): unknown {
  if (state !== "confirmed" || pending) return nothing;
  if (!canCancel) return html`${t.cannotCancel}<br />`;
  return cancellableUntil
    ? html`${t.cancellableUntil(moment(local, cancellableUntil))}<br />`
    : nothing;
}
