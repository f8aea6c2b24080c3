import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Booking } from "../src/booking/booking";
import { words as bookingWords } from "../src/booking/catalogues/nl";
import { words } from "../src/catalogues/nl";
import type { OfferedSlot, Visit } from "../src/contract";
import { Gateway } from "../src/gateway";
import type { Shell } from "../src/shell";

const DAY = "2030-06-03";
const LATER = "2030-06-03T23:00:00+02:00";

/** The far end of `fetch`: one municipality, one place, two times, and what was asked of it. */
class FarEnd {
  readonly asked: string[] = [];
  readonly visits = new Map<string, Visit>();
  /** Paths whose answer is lost, after the work was done. */
  lost = /^$/;
  refusal: string | undefined;

  readonly fetch = async (url: string, { body }: RequestInit): Promise<Response> => {
    const path = url.replace("http://gateway/booking/v1", "");
    this.asked.push(path);
    const answer = this.#answer(path, body ? JSON.parse(String(body)) : {});
    if (this.lost.test(path)) throw new TypeError("the network is gone");
    const code = typeof answer === "string" ? answer : undefined;
    const problem = { code, outcome: "notApplied", retry: "newChoice", issues: [] };
    return Response.json(code ? problem : answer, { status: code ? 409 : 200 });
  };

  #answer(path: string, body: { slots?: string[] }): unknown {
    const [, collection, id, action] = path.split("/");
    if (path === "/slots/query") return { items: ["09:00", "09:15"].map(slot), unavailable: [] };
    if (path === "/visits")
      return this.#visit(`visit-${this.visits.size}`, "held", body.slots?.[0]);
    const visit = this.visits.get(id ?? "");
    if (collection === "visits" && action === "confirm") {
      if (visit?.state !== "held") return "bookingChanged";
      return this.refusal ?? this.#visit(visit.id, "confirmed");
    }
    return visit ?? { items: [], unavailable: [] };
  }

  #visit(id: string, state: "held" | "confirmed", slotId = ""): Visit {
    const item = { id: `item of ${id}`, state, heldUntil: LATER, intakeFields: [], slotId };
    const visit = { id, state, items: [item], expiresAt: LATER, guarantee: "held" };
    this.visits.set(id, visit as unknown as Visit);
    return visit as unknown as Visit;
  }

  get booked(): number {
    return [...this.visits.values()].filter(({ state }) => state === "confirmed").length;
  }

  get cancels(): string[] {
    return this.asked.filter((path) => path.endsWith("/cancel"));
  }
}

function slot(time: string): OfferedSlot {
  const start = `${DAY}T${time}:00+02:00`;
  return { slotId: `sealed ${time}`, locationId: "hall", start, end: start, expiresAt: LATER };
}

let farEnd: FarEnd;
let told: object[];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(`${DAY}T05:00:00Z`) });
  farEnd = new FarEnd();
  told = [];
  vi.stubGlobal("fetch", farEnd.fetch);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A citizen who chose everything up to 09:00 and is asked for contact data. */
async function atTheContactStep(): Promise<Booking> {
  const shell: Shell = {
    gateway: new Gateway(
      "http://gateway",
      () => "nl",
      () => undefined,
    ),
    words: { ...words, ...bookingWords },
    language: "nl",
    requestUpdate: () => undefined,
    announce: () => undefined,
    focusOn: () => undefined,
    tell: (_event, ids) => told.push(ids),
  };
  const booking = new Booking(shell, undefined, undefined, undefined, () => undefined);
  const { choices } = booking;
  choices.chooseMunicipality({ id: "town", name: "Town", nisCode: "00000" });
  choices.chooseQuantity("697", 1);
  choices.location = { id: "hall", name: "Town hall", zone: "Europe/Brussels" };
  await choices.loadDays(DAY);
  choices.day = DAY;
  await chooseTime(booking, "09:00");
  expect(booking.step).toBe("contact");
  return booking;
}

async function chooseTime(booking: Booking, time: string): Promise<void> {
  booking.step = "time";
  booking.choices.start = slot(time).start;
  await booking.next();
}

test("a booking whose answer was lost is found, not made again", async () => {
  const booking = await atTheContactStep();
  farEnd.lost = /confirm$/;
  await booking.next();
  expect(booking.sent).toBe(true);
  expect(booking.visit?.state).toBe("confirmed");
  expect(told).toEqual([{ visitId: "visit-0", appointmentIds: ["item of visit-0"] }]);
});

test("after silence, neither other data nor another time books a second appointment", async () => {
  for (const next of [
    (booking: Booking) => booking.next(),
    (booking: Booking) => chooseTime(booking, "09:15"),
  ]) {
    farEnd = new FarEnd();
    vi.stubGlobal("fetch", farEnd.fetch);
    const booking = await atTheContactStep();
    farEnd.lost = /visits/;
    await booking.next();
    expect(booking.sent).toBe(false);
    expect(booking.step).toBe("contact");

    farEnd.lost = /^$/;
    booking.answers["email"] = "other@example.org";
    await next(booking);
    expect(booking.sent).toBe(true);
    expect(farEnd.booked).toBe(1);
  }
});

test("who stops after silence keeps what may have been booked", async () => {
  const booking = await atTheContactStep();
  farEnd.lost = /visits/;
  await booking.next();
  booking.stop();
  expect(farEnd.cancels).toEqual([]);
});

test("a time that is not wanted any more is given back", async () => {
  const booking = await atTheContactStep();
  await chooseTime(booking, "09:00");
  expect(farEnd.cancels).toEqual([]);
  await chooseTime(booking, "09:15");
  expect(farEnd.cancels).toEqual(["/appointments/item of visit-0/cancel"]);
  booking.stop();
  expect(farEnd.cancels).toContain("/appointments/item of visit-1/cancel");
});

test("a time that was taken leads back to the times, and the answers are kept", async () => {
  const booking = await atTheContactStep();
  booking.answers["email"] = "kim@example.org";
  farEnd.refusal = "slotTaken";
  await booking.next();
  expect(booking.step).toBe("time");
  expect(booking.notice?.({ ...words, ...bookingWords })).toBe(bookingWords.refusals.slotTaken);
  expect(booking.answers["email"]).toBe("kim@example.org");
  expect(booking.visit).toBeUndefined();
});
