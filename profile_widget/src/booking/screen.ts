/** The frame of the booking flow: where the citizen is, what was chosen, and on or back. */

import { type TemplateResult, html, nothing } from "lit";

import { longDay, moment, span, time } from "../dates";
import { alert } from "../notices";
import type { Shell } from "../shell";
import type { Booking, Step } from "./booking";
import { doneScreen } from "./done";
import { contactStep } from "./steps/contact";
import { dayStep } from "./steps/day";
import { isAttendee, labelOf } from "./steps/field";
import { locationStep } from "./steps/location";
import { municipalityStep } from "./steps/municipality";
import { planStep } from "./steps/plan";
import { productsStep } from "./steps/products";
import { timeStep } from "./steps/time";

const SCREENS: Record<Step, (shell: Shell, booking: Booking) => unknown> = {
  municipality: municipalityStep,
  products: productsStep,
  location: locationStep,
  day: dayStep,
  time: timeStep,
  plan: planStep,
  contact: contactStep,
};

export function bookingScreen(shell: Shell, booking: Booking, leave: () => void): TemplateResult {
  if (booking.sent) return doneScreen(shell, booking, leave);
  const { words: t, language } = shell;
  const { step, steps, moving, busy, mistakes } = booking;
  const last = step === steps.at(-1);
  const onward = !last ? t.next : moving ? t.reschedule : t.confirm;
  const submit = (event: Event) => {
    event.preventDefault();
    void booking.next();
  };
  return html`
    <div class="top">
      <h2>${moving ? t.rescheduleTitle : t.newAppointment}</h2>
      <button class="quiet" @click=${leave}>${t.stop}</button>
    </div>
    ${stepper(shell, booking)}
    <div class="flow">
      ${summary(shell, booking)}
      <form novalidate @submit=${submit}>
        <h3 id="question" tabindex="-1">${t.questions[step]}</h3>
        ${
          moving
            ? html`<p>
                ${t.rescheduleFrom(moment({ language, zone: booking.choices.zone }, moving.start))}
              </p>`
            : nothing
        }
        ${alert(booking.notice?.(t), mistakes.size ? mistakeLinks(shell, booking) : nothing)}
        ${SCREENS[step](shell, booking)}
        <div class="actions onward">
          <button class="primary" aria-disabled=${busy} @click=${once}>${busy ? t.busy : onward}</button>
          ${
            step === steps[0]
              ? nothing
              : html`<button type="button" @click=${() => booking.back()}>${t.back}</button>`
          }
        </div>
      </form>
    </div>
  `;
}

/** The second click of a double click was not meant for the step that is shown by then. */
function once(event: MouseEvent): void {
  if (event.detail > 1) event.preventDefault();
}

function stepper({ words: t }: Shell, { step, steps }: Booking): TemplateResult {
  const now = steps.indexOf(step);
  return html`<nav aria-label=${t.stepsLabel}>
    <p class="small">${t.stepOf(now + 1, steps.length)}: <strong>${t.steps[step]}</strong></p>
    <ol class="steps">
      ${steps.map(
        (name, index) =>
          html`<li
            class=${index < now ? "past" : ""}
            aria-current=${index === now ? "step" : nothing}
          >
            <span>${t.steps[name]}</span>
          </li>`,
      )}
    </ol>
  </nav>`;
}

function summary(
  { words: t, language }: Shell,
  { steps, step, choices, moving }: Booking,
): unknown {
  const before = moving ? ["municipality", "products", "location"] : [];
  const local = { language, zone: choices.zone };
  const names = new Map(choices.products.value?.items.map(({ id, name }) => [id, name]));
  for (const { id, name } of moving?.products ?? []) names.set(id, name);
  const made: [Step, string | undefined][] = [
    ["municipality", choices.municipality?.name],
    [
      "products",
      [...choices.quantities].map(([id, n]) => names.get(id) + (n > 1 ? ` × ${n}` : "")).join(", "),
    ],
    ["location", choices.location?.name],
    ["day", choices.day && longDay(local, `${choices.day}T12:00Z`)],
    ["time", choices.start && time(local, choices.start)],
    ["plan", choices.plan && span(local, choices.plan)],
  ];
  const shown = made.filter(
    ([name]) =>
      before.includes(name) || (steps.includes(name) && steps.indexOf(name) < steps.indexOf(step)),
  );
  if (!shown.length) return nothing;
  return html`<section aria-label=${t.choices}>
    <dl>
      ${shown.map(
        ([name, text]) =>
          html`<div>
            <dt>${t.steps[name]}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function mistakeLinks(shell: Shell, { fields, mistakes }: Booking): TemplateResult {
  const { words: t } = shell;
  return html`<ul>
    ${fields
      .filter(({ name }) => mistakes.has(name))
      .map(
        (field) =>
          html`<li>
            <button
              type="button"
              class="quiet"
              @click=${() => shell.focusOn(`[name="${CSS.escape(field.name)}"]`)}
            >
              ${isAttendee(field) ? `${t.attendee}: ` : nothing}${labelOf(t, field)}
            </button>
          </li>`,
      )}
  </ul>`;
}
