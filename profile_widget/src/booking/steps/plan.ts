/** The step in which one of the plans is chosen: several products, at one counter or at several. */

import { type TemplateResult, html, nothing } from "lit";

import type { Plan } from "../../contract";
import { span } from "../../dates";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { keyOf } from "../choices";
import { timeline } from "../timeline";
import { nothingFree, period } from "./period";

/** So many are seen at once, also where one plan is the best in every way. */
const AT_ONCE = 3;

export function planStep(shell: Shell, booking: Booking): unknown {
  const { words: t } = shell;
  const { choices } = booking;
  return html`${period(shell, booking)}
  ${whenCollected(
    shell,
    choices.plans,
    () => void choices.loadPlans(),
    ({ items, complete }) => {
      if (!items.length) return nothingFree(shell, booking, t.noPlans);
      const first = items.slice(0, AT_ONCE);
      const others = items.slice(AT_ONCE);
      return html`<div class="rows" role="radiogroup" aria-labelledby="question">
          ${first.map((plan, index) => planOption(shell, booking, plan, `plan-${index}`))}
          ${
            others.length
              ? html`<details ?open=${others.some((plan) => keyOf(plan) === choices.planKey)}>
                  <summary>${t.otherPlans(others.length)}</summary>
                  <div class="rows">
                    ${others.map((plan, index) =>
                      planOption(shell, booking, plan, `other-${index}`),
                    )}
                  </div>
                </details>`
              : nothing
          }
        </div>
        ${complete ? nothing : html`<p class="small">${t.morePlans}</p>`}
        ${
          items.some(({ stops }) => stops.length === 1)
            ? html`<button type="button" class="quiet" @click=${() => booking.chooseOwnTime()}>
                ${t.ownTime}
              </button>`
            : nothing
        }`;
    },
  )}`;
}

function planOption(shell: Shell, booking: Booking, plan: Plan, id: string): TemplateResult {
  const { words: t, language } = shell;
  const { choices } = booking;
  const key = keyOf(plan);
  const when = span({ language, zone: plan.stops[0]?.location.zone ?? choices.zone }, plan);
  const labels = plan.labels.map((label) =>
    label === "oneStop" && plan.stops.length > 1 ? t.fewestStops : t.planLabels[label],
  );
  return html`<div class="option plan">
    <label>
      <input
        type="radio"
        name="plan"
        value=${key}
        aria-describedby=${id}
        .checked=${key === choices.planKey}
        @change=${() => booking.choose(() => (choices.planKey = key))}
      />
      <span>
        ${labels.map((label) => html`<b class="state">${label}</b> `)}
        <span class="when">${when}</span>
      </span>
    </label>
    ${timeline(shell, plan.stops, id)}
  </div>`;
}
