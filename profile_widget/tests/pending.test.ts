import { expect, test } from "vitest";

import type { Words } from "../src/catalogue";
import { words } from "../src/catalogues/nl";
import type { Appointment } from "../src/contract";
import { isUnsettled, pendingSentence, waits } from "../src/pending";

type Pending = NonNullable<Appointment["pending"]>;

function appointment(
  state: Appointment["state"],
  operation?: Pending["operation"],
  outcome: Pending["outcome"] = "unknown",
): Appointment {
  const pending = operation ? { operation, outcome, since: "2026-12-03T09:00:00+01:00" } : null;
  return { state, pending } as Appointment;
}

const said = (item: Appointment) => pendingSentence(item)?.(words as Words);

test("what is certain needs no sentence and no further look", () => {
  expect(said(appointment("confirmed"))).toBeUndefined();
  expect(isUnsettled(appointment("confirmed"))).toBe(false);
  expect(isUnsettled(appointment("pendingApproval"))).toBe(false);
});

test("an unknown outcome is said to be unknown, of the operation it is of", () => {
  expect(said(appointment("confirming", "confirm"))).toBe(words.unknown.book);
  expect(said(appointment("confirmed", "cancel"))).toBe(words.unknown.cancel);
  expect(said(appointment("confirmed", "reschedule", "running"))).toBe(words.running.reschedule);
  expect(isUnsettled(appointment("confirmed", "cancel"))).toBe(true);
});

test("what a person must decide is not looked at again", () => {
  const item = appointment("confirming", "book", "needsDecision");
  expect(said(item)).toBe(words.needsDecision.book);
  expect(isUnsettled(item)).toBe(false);
});

test("of what is cancelled without being asked for it is said why", () => {
  const item = appointment("confirmed", "cancel", "running");
  const { because, running } = words;
  expect(said({ ...item, replacedBy: "the new one" })).toBe(`${because.replaced} ${running.cancel}`);
  expect(said({ ...item, cancelledBy: "compensation" })).toBe(
    `${because.compensation} ${running.cancel}`,
  );
});

test("looks grow seldom, but never stop", () => {
  const pause = waits(1_000, 5_000);
  const pauses = Array.from({ length: 6 }, () => pause.next().value);
  expect(pauses).toEqual([1_000, 1_500, 2_250, 3_375, 5_000, 5_000]);
});
