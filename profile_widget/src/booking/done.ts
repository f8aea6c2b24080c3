/** How the booking goes and how it ended, or that it is not known yet. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../catalogue";
import type { Visit, VisitItem } from "../contract";
import { longDay } from "../dates";
import { Failure } from "../failure";
import { card } from "../list/card";
import { isUnderway } from "../pending";
import type { Shell } from "../shell";
import type { Booking } from "./booking";
import { timeline } from "./timeline";
import { isOpen } from "./visits";

export function doneScreen(
  shell: Shell,
  { visit, busy }: Booking,
  leave: () => void,
): TemplateResult {
  const { words: t } = shell;
  const goesOn = !visit || isUnderway(visit) || (busy && !isCertain(visit));
  return html`
    ${goesOn ? progress(shell, visit) : outcome(shell, visit)}
    <div class="actions onward">
      <button class=${goesOn ? "" : "primary"} @click=${leave}>${t.toList}</button>
    </div>
  `;
}

function outcome(shell: Shell, visit: Visit): TemplateResult {
  const { words: t, gateway } = shell;
  const { items, calendar } = visit;
  const isPartly = items.some(isFailed) && !items.some(isUndone);
  return html`
    <div class=${isCertain(visit) ? "top certain" : "top"}>
      <h2 tabindex="-1">${titleOf(t, visit)}</h2>
    </div>
    ${isPartly ? html`<p class="note warning">${t.partlyText}</p>` : nothing}
    ${
      isCertain(visit) && items.length > 1
        ? html`<div class="actions">
            <a class="button" href=${gateway.origin + calendar} download>${t.allToCalendar}</a>
          </div>`
        : nothing
    }
    <div class="cards">${items.map((item) => card(shell, item))}</div>
  `;
}

/** One line for each stop, that changes while the citizen looks at it. */
function progress(shell: Shell, visit: Visit | undefined): TemplateResult {
  const { words: t } = shell;
  const items = visit?.items ?? [];
  const running = items.length > 1 ? t.bookingVisit : t.booking;
  const title = visit && !isOpen(visit) ? titleOf(t, visit) : running;
  return html`
    <div class="top"><h2 tabindex="-1">${title}</h2></div>
    <div class="cards" aria-busy="true">
      ${items.length > 1 ? progressOfSeveral(shell, items) : items.map((item) => card(shell, item))}
    </div>
  `;
}

function progressOfSeveral(shell: Shell, items: readonly VisitItem[]): TemplateResult {
  const { words: t, language } = shell;
  const booked = items.filter(({ state }) => state === "confirmed").length;
  const first = items[0];
  return html`
    <p role="status">${items.some(isUndone) ? t.undoingText : t.bookedOf(booked, items.length)}</p>
    ${
      first
        ? html`<p class="when">${longDay({ language, zone: first.location.zone }, first.start)}</p>`
        : nothing
    }
    ${timeline(
      shell,
      items,
      "progress",
      (item) =>
        html`<p class="state ${item.state}">${progressOf(t, item)}</p>
          ${item.refusal ? html`<p class="small">${new Failure(item.refusal).sentence(t)}</p>` : nothing}`,
    )}
  `;
}

function progressOf(t: Words, item: VisitItem): string {
  if (item.pending?.outcome === "needsDecision") return t.states.confirming;
  if (isUndone(item)) return t.progress.undoing;
  if (item.pending?.outcome === "unknown") return t.progress.unknown;
  return (t.progress as Record<string, string>)[item.state] ?? t.progress.failed;
}

function titleOf(t: Words, visit: Visit): string {
  const { state, items } = visit;
  const several = items.length > 1;
  if (state === "compensating") return t.undoing;
  if (items.some(isUndone)) return isUnderway(visit) ? t.undoing : t.notUndone;
  if (items.some(({ pending }) => pending && pending.outcome !== "running"))
    return several ? t.visitUnknown : t.bookingUnknown;
  if (isUnderway(visit)) return several ? t.bookingVisit : t.booking;
  if (items.some(isFailed)) return t.partlyBooked;
  if (items.some((item) => item.state === "pendingApproval")) return t.requested;
  return several ? t.visitBooked : t.booked;
}

/** It was booked, and is cancelled again because another part could not be. */
function isUndone({ pending, cancelledBy }: VisitItem): boolean {
  return !!pending && cancelledBy === "compensation";
}

/** All of it is booked, whatever answer is still awaited. */
function isCertain({ items }: Visit): boolean {
  return items.every(({ state, pending }) => state === "confirmed" && !pending);
}

function isFailed({ state }: VisitItem): boolean {
  return !["confirmed", "confirming", "pendingApproval"].includes(state);
}
