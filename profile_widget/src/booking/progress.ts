/** Follows a visit until all of it is certain: told of every change, and asking where that fails. */

import type { Visit } from "../contract";
import { isUnderway, waits } from "../pending";
import { eventsIn } from "./events";
import type { Routes } from "./routes";

/** The visit every time that it was seen, until `signal`, or until it is certain. */
export async function* follow(
  routes: Routes,
  visit: Visit,
  signal: AbortSignal,
  isWatched: (visit: Visit) => boolean = isUnderway,
): AsyncGenerator<Visit> {
  const pause = waits();
  let seen = visit;
  const goesOn = () => isWatched(seen) && !signal.aborted;
  while (goesOn()) {
    try {
      for await (seen of eventsIn<Visit>(await routes.events(visit, signal))) yield seen;
    } catch {
      // Nobody tells (any more): ask.
    }
    if (!goesOn()) return;
    await new Promise((resume) => setTimeout(resume, pause.next().value));
    if (!goesOn()) return;
    seen = await routes.visit(visit.id).catch(() => seen);
    yield seen;
  }
}
