/** How the booking ended, or that it is not known yet. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../catalogue";
import type { VisitItem } from "../contract";
import { card } from "../list/card";
import type { Shell } from "../shell";
import type { Booking } from "./booking";

export function doneScreen(shell: Shell, { visit }: Booking, leave: () => void): TemplateResult {
  const { words: t } = shell;
  const items = visit?.items ?? [];
  const title = items[0] ? titleOf(t, items[0]) : t.booking;
  const running = title === t.booking;
  return html`
    <div class=${title === t.booked ? "top certain" : "top"}><h2 tabindex="-1">${title}</h2></div>
    <div class="cards" aria-busy=${running}>${items.map((item) => card(shell, item))}</div>
    <div class="actions onward">
      ${running ? nothing : html`<button class="primary" @click=${leave}>${t.toList}</button>`}
    </div>
  `;
}

function titleOf(t: Words, { state, pending }: VisitItem): string {
  if (pending && pending.outcome !== "running") return t.bookingUnknown;
  if (state === "confirmed") return t.booked;
  if (state === "pendingApproval") return t.requested;
  return t.booking;
}
