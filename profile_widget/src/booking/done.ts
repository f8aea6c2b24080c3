/** How the booking goes and how it ended, or that it is not known yet. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../catalogue";
import type { Visit, VisitItem } from "../contract";
import { card } from "../list/card";
import { isUnderway } from "../pending";
import type { Shell } from "../shell";
import { type Booking, isOpen } from "./booking";
import { timeline } from "./timeline";

export function doneScreen(
  shell: Shell,
  { visit, busy }: Booking,
  leave: () => void,
): TemplateResult {
  const { words: t, gateway } = shell;
  if (!visit || isUnderway(visit) || (busy && !isCertain(visit))) return progressScreen(shell, visit);
  const title = titleOf(t, visit);
  const { items, calendar } = visit;
  return html`
    <div class=${isCertain(visit) ? "top certain" : "top"}><h2 tabindex="-1">${title}</h2></div>
    ${items.some(isFailed) ? html`<p class="note warning">${t.partlyText}</p>` : nothing}
    ${
      isCertain(visit) && items.length > 1
        ? html`<div class="actions">
            <a class="button" href=${gateway.origin + calendar} download>${t.allToCalendar}</a>
          </div>`
        : nothing
    }
    <div class="cards">${items.map((item) => card(shell, item))}</div>
    <div class="actions onward">
      <button class="primary" @click=${leave}>${t.toList}</button>
    </div>
  `;
}

/** One line for each stop, that changes while the citizen looks at it. */
function progressScreen(shell: Shell, visit: Visit | undefined): TemplateResult {
  const { words: t } = shell;
  const items = visit?.items ?? [];
  const running = items.length > 1 ? t.bookingVisit : t.booking;
  const title = visit && !isOpen(visit) ? titleOf(t, visit) : running;
  const booked = items.filter(({ state }) => state === "confirmed").length;
  return html`
    <div class="top"><h2 tabindex="-1">${title}</h2></div>
    <div class="cards" aria-busy="true">
      ${
        items.length > 1
          ? html`<p role="status">${t.bookedOf(booked, items.length)}</p>
              ${timeline(
                shell,
                items,
                "progress",
                (item) => html`<p class="state ${item.state}">${progressOf(t, item)}</p>`,
              )}`
          : items.map((item) => card(shell, item))
      }
    </div>
  `;
}

function progressOf(t: Words, { state, pending }: VisitItem): string {
  if (pending?.outcome === "unknown") return t.progress.unknown;
  if (pending?.outcome === "needsDecision") return t.progress.needsDecision;
  if (state === "confirmed" && pending?.operation === "cancel") return t.progress.undoing;
  return (t.progress as Record<string, string>)[state] ?? t.progress.failed;
}

function titleOf(t: Words, visit: Visit): string {
  const { state, items } = visit;
  const several = items.length > 1;
  if (items.some(({ pending }) => pending && pending.outcome !== "running"))
    return several ? t.visitUnknown : t.bookingUnknown;
  if (state === "compensating") return t.undoing;
  if (isUnderway(visit)) return several ? t.bookingVisit : t.booking;
  if (items.some(isFailed)) return t.partlyBooked;
  if (items.some((item) => item.state === "pendingApproval")) return t.requested;
  return several ? t.visitBooked : t.booked;
}

/** All of it is booked, whatever answer is still awaited. */
function isCertain({ items }: Visit): boolean {
  return items.every(({ state, pending }) => state === "confirmed" && !pending);
}

function isFailed({ state }: VisitItem): boolean {
  return !["confirmed", "confirming", "pendingApproval"].includes(state);
}
