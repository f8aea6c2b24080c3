/** What is not certain yet of an appointment, and how often to look again. */

import type { Sentence } from "./catalogue";
import type { Appointment, Visit } from "./contract";

/** Whether a later look may tell more. */
export function isUnsettled({ state, pending }: Appointment): boolean {
  return pending ? pending.outcome !== "needsDecision" : state === "confirming";
}

/** As `isUnsettled`, for all of a visit. What staff must approve can take days. */
export function isUnderway({ state, items }: Visit): boolean {
  const isWorkedOn = state === "holding" || state === "confirming" || state === "compensating";
  return (
    items.some(isUnsettled) ||
    (isWorkedOn && !items.some((item) => item.state === "pendingApproval" || item.pending))
  );
}

/** What to say of it; nothing when all is certain. */
export function pendingSentence(item: Appointment): Sentence | undefined {
  const { state, pending, cancelledBy, replacedBy } = item;
  if (!pending && state === "pendingApproval") return (words) => words.pendingApproval;
  if (!pending && state !== "confirming") return undefined;
  const { operation, outcome } = pending ?? { operation: "book", outcome: "running" };
  const what = operation === "cancel" || operation === "reschedule" ? operation : "book";
  return ({ because, ...words }) => {
    const why = replacedBy ? because.replaced : cancelledBy ? because.compensation : "";
    return `${why} ${words[outcome][what]}`.trim();
  };
}

/** Milliseconds to wait before each next look: often at first, seldom in the end. */
export function* waits(first = 1_000, last = 30_000): Generator<number, never> {
  for (let wait = first; ; wait = Math.min(wait * 1.5, last)) yield wait;
}
