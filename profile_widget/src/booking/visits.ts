/** What a visit tells the booking: until when it can be confirmed, and why it is no appointment. */

import type { Visit, VisitItem } from "../contract";
import { Failure } from "../failure";

/** What to say of an item that is no appointment and carries no refusal of its own. */
const NO_APPOINTMENT: Partial<Record<VisitItem["state"], string>> = {
  cancelled: "bookingChanged",
  expired: "holdExpired",
  failed: "other",
  rejected: "bookingChanged",
  replaced: "bookingChanged",
};

/** Until when all of a visit is kept, or can be confirmed; in the past where there is none. */
export function keptUntil(visit: Visit | undefined): number {
  if (!visit) return 0;
  return Math.min(
    ...visit.items.map(({ heldUntil }) => Date.parse(heldUntil ?? visit.expiresAt)),
  );
}

/** Nothing of it was sent yet to be booked. */
export function isOpen({ state }: Visit): boolean {
  return state === "chosen" || state === "held";
}

/** Throws why one of the items is no appointment; returns when all are, or may still be. */
export function throwRefusal({ items }: Visit): void {
  for (const { state, refusal } of items) {
    const code = NO_APPOINTMENT[state];
    if (code) throw new Failure(refusal ?? code, "notApplied");
  }
}
