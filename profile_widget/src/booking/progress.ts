/** Follows a visit until all of it is certain: told of every change, and asking where that fails. */

import type { Visit } from "../contract";
import type { Gateway } from "../gateway";
import { isUnderway, waits } from "../pending";
import { eventsIn } from "./events";

/** The visit every time that it was seen, until `signal`, or until it is certain. */
export async function* follow(
  gateway: Gateway,
  visit: Visit,
  signal: AbortSignal,
  isWatched: (visit: Visit) => boolean = isUnderway,
): AsyncGenerator<Visit> {
  const pause = waits();
  let seen = visit;
  const goesOn = () => isWatched(seen) && !signal.aborted;
  while (goesOn()) {
    try {
      for await (seen of eventsIn<Visit>(await gateway.events(visit, signal))) yield seen;
    } catch {
      // Nobody tells (any more): ask.
    }
    if (!goesOn()) return;
    await new Promise((resume) => setTimeout(resume, pause.next().value));
    if (!goesOn()) return;
    seen = await gateway.visit(visit.id).catch(() => seen);
    yield seen;
  }
}
