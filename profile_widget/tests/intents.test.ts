import { expect, test } from "vitest";

import { Intents } from "../src/intents";

test("the same intent keeps its key until it is settled", () => {
  const intents = new Intents();
  const key = intents.key("book 09:00");
  expect(intents.key("book 09:00")).toBe(key);
  intents.settle("book 09:00", "sameKey");
  intents.settle("book 09:00", "after");
  expect(intents.key("book 09:00")).toBe(key);
  intents.settle("book 09:00");
  expect(intents.key("book 09:00")).not.toBe(key);
});

test("a new choice gets a new key", () => {
  const intents = new Intents();
  const key = intents.key("book 09:00");
  expect(intents.key("book 09:15")).not.toBe(key);
  intents.settle("book 09:00", "newChoice");
  expect(intents.key("book 09:00")).not.toBe(key);
});
