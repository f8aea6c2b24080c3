/** The stops of a plan or a visit under each other: when, what for, where, and the way between. */

import { type TemplateResult, html, nothing } from "lit";

import type { PlannedStop, VisitItem } from "../contract";
import { longDay, time } from "../dates";
import { addressOf, productNames } from "../list/card";
import type { Shell } from "../shell";

type Stop = Pick<VisitItem, "start" | "end" | "products" | "location" | "municipality"> &
  Partial<Pick<PlannedStop, "travel" | "waiting">>;

/** `note` says more of a stop, such as how far its booking is. */
export function timeline<T extends Stop>(
  shell: Shell,
  stops: readonly T[],
  id: string,
  note: (stop: T) => unknown = () => nothing,
): TemplateResult {
  return html`<ol class="timeline" id=${id}>
    ${stops.map((stop, index) => stopOf(shell, stop, stops[index + 1], note(stop)))}
  </ol>`;
}

function stopOf(
  { words: t, language }: Shell,
  { start, end, location, municipality, products }: Stop,
  next: Stop | undefined,
  note: unknown,
): TemplateResult {
  const local = { language, zone: location.zone };
  const { travel = 0, waiting = 0 } = next ?? {};
  const nextDay = next && longDay({ language, zone: next.location.zone }, next.start);
  const way =
    nextDay !== undefined && nextDay !== longDay(local, start)
      ? nextDay
      : [travel && t.travel(travel), waiting && t.waiting(waiting)].filter(Boolean).join(" · ");
  return html`<li>
    <p><strong>${time(local, start)} – ${time(local, end)}</strong> ${productNames({ products })}</p>
    <p class="small">
      ${[municipality, location.name, addressOf(location)].filter(Boolean).join(", ")}
    </p>
    ${note} ${way ? html`<p class="way small">${way}</p>` : nothing}
  </li>`;
}
