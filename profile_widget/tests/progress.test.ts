import { expect, test, vi } from "vitest";

import { eventsIn } from "../src/booking/events";
import { follow } from "../src/booking/progress";
import type { Visit } from "../src/contract";
import type { Routes } from "../src/booking/routes";

const NEVER = new AbortController().signal;

function visit(state: string): Visit {
  return { id: "1", state, items: [{ state }], events: "/events" } as unknown as Visit;
}

/** What comes in these pieces, and then ends or is lost. */
function stream(lost: boolean, ...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? encoder.encode(chunk) : chunk));
  return new ReadableStream({
    pull(controller) {
      const next = bytes.shift();
      if (next) controller.enqueue(next);
      else if (lost) controller.error(new TypeError("the network is gone"));
      else controller.close();
    },
  });
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** A gateway that tells these states, and is asked for the last one. */
function gateway(told: string[], asked: string[], lost = false): Routes {
  return {
    async events() {
      const lines = told.splice(0).map((state) => `data: ${JSON.stringify(visit(state))}\n\n`);
      return new Response(stream(lost, ...lines));
    },
    visit: async () => visit(asked.shift() ?? "confirmed"),
  } as unknown as Routes;
}

test("events are read however they are cut", async () => {
  const whole = 'event: visit\r\ndata: {"state":"gereed ✓"}\r\n\r\n: still here\n\ndata: 2\n\n';
  const expected = [{ state: "gereed ✓" }, 2];
  for (const size of [1, 7, 1000]) {
    const cut = new TextEncoder().encode(whole);
    const parts = Array.from({ length: Math.ceil(cut.length / size) }, (_, index) =>
      cut.slice(index * size, (index + 1) * size),
    );
    expect(await all(eventsIn(new Response(stream(false, ...parts))))).toEqual(expected);
  }
});

test("an event that was cut off is no event", async () => {
  expect(await all(eventsIn(new Response(stream(false, "data: 1\n\ndata: {"))))).toEqual([1]);
});

test("a visit is followed by what is told of it, without asking", async () => {
  const told = ["confirming", "confirmed"];
  const seen = await all(follow(gateway(told, ["failed"]), visit("confirming"), NEVER));
  expect(seen.map(({ state }) => state)).toEqual(["confirming", "confirmed"]);
});

test("when nobody tells any more, the visit is asked for until it has ended", async () => {
  vi.useFakeTimers();
  for (const lost of [true, false]) {
    const far = gateway(["confirming"], ["confirming", "confirmed"], lost);
    const seen = all(follow(far, visit("confirming"), NEVER));
    await vi.runAllTimersAsync();
    expect((await seen).at(-1)?.state).toBe("confirmed");
  }
  vi.useRealTimers();
});

test("who goes elsewhere is told nothing more", async () => {
  const stopping = new AbortController();
  stopping.abort();
  const seen = await all(follow(gateway(["confirmed"], []), visit("confirming"), stopping.signal));
  expect(seen).toEqual([]);
});
