import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Booking } from "../src/booking/booking";
import { keyOf } from "../src/booking/choices";
import { words as bookingWords } from "../src/booking/catalogues/nl";
import { words } from "../src/catalogues/nl";
import type { Appointment, IntakeField, OfferedSlot, Plan, Visit } from "../src/contract";
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
  /** What every move was asked with. */
  readonly moved: object[] = [];
  /** What each stop asks. */
  fields: IntakeField[][] = [];

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
    if (path === "/plans/query")
      return { items: ["09:00", "09:15"].map(plan), unavailable: [], complete: true };
    if (path === "/visits")
      return this.#visit(`visit-${this.visits.size}`, "held", ...(body.slots ?? []));
    if (action === "reschedule") {
      if (this.refusal) return this.refusal;
      this.moved.push(body);
      return { ...APPOINTMENT, start: slot("09:15").start };
    }
    const visit = this.visits.get(id ?? "");
    if (collection === "visits" && action === "confirm") {
      if (visit?.state !== "held") return "bookingChanged";
      if (this.refusal) {
        const [first, ...others] = visit.items;
        const undone = others.map((item) => ({ ...item, state: "cancelled" }));
        const items = [{ ...first, state: "failed", refusal: this.refusal }, ...undone];
        this.visits.set(visit.id, { ...visit, state: "compensated", items } as Visit);
        return this.refusal;
      }
      const slots = visit.items.map((item) => (item as unknown as { slotId: string }).slotId);
      return this.#visit(visit.id, "confirmed", ...slots);
    }
    return visit ?? { items: [], unavailable: [] };
  }

  #visit(id: string, state: "held" | "confirmed", ...slotIds: string[]): Visit {
    const items = slotIds.map((slotId, index) => ({
      id: `item ${index} of ${id}`,
      state,
      heldUntil: LATER,
      intakeFields: this.fields[index] ?? [],
      products: [{ id: `${index}`, name: `Product ${index}`, quantity: 1, bring: [] }],
      slotId,
    }));
    const visit = { id, state, items, expiresAt: LATER, guarantee: "held", risks: [] };
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

/** Two stops, the first at `time`. */
function plan(time: string): Plan {
  const place = { id: "hall", name: "Town hall", zone: "Europe/Brussels" };
  const stops = [slot(time), slot("11:00")].map((each) => ({ ...each, products: [], location: place }));
  return { stops, labels: [], expiresAt: LATER } as unknown as Plan;
}

let farEnd: FarEnd;
let told: object[];
let announced: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(`${DAY}T05:00:00Z`) });
  farEnd = new FarEnd();
  told = [];
  announced = [];
  vi.stubGlobal("fetch", farEnd.fetch);
  vi.stubGlobal("history", { state: null, pushState: () => undefined });
  vi.stubGlobal("location", { href: "http://portal/" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const APPOINTMENT = {
  id: "1",
  municipalityId: "town",
  municipality: "Town",
  location: { id: "hall", name: "Town hall", zone: "Europe/Brussels" },
  products: [{ id: "697", name: "Passport", quantity: 1, bring: [] }],
  start: `${DAY}T09:00:00+02:00`,
  state: "confirmed",
  intakeFields: [{ name: "email", kind: "email", required: true, options: [] }],
} as unknown as Appointment;

function shellOf(): Shell {
  return {
    gateway: new Gateway(
      "http://gateway",
      () => "nl",
      () => undefined,
    ),
    words: { ...words, ...bookingWords },
    language: "nl",
    requestUpdate: () => undefined,
    announce: (sentence) => announced.push(sentence?.({ ...words, ...bookingWords }) ?? ""),
    focusOn: () => undefined,
    tell: (_event, ids) => told.push(ids),
  };
}

/** A citizen who came for these products. */
function bookingOf(...productIds: string[]): Booking {
  const booking = new Booking(shellOf(), undefined, undefined, undefined, () => undefined);
  booking.choices.chooseMunicipality({ id: "town", name: "Town", nisCode: "00000" });
  for (const id of productIds) booking.choices.chooseQuantity(id, 1);
  return booking;
}

/** A citizen who chose everything up to 09:00 and is asked for contact data. */
async function atTheContactStep(): Promise<Booking> {
  const booking = bookingOf("697");
  const { choices } = booking;
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
  expect(told).toEqual([{ visitId: "visit-0", appointmentIds: ["item 0 of visit-0"] }]);
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

test("who left while it was being booked hears that it was not", async () => {
  const booking = await atTheContactStep();
  farEnd.refusal = "slotTaken";
  const answered = booking.next();
  booking.stop();
  await answered;
  expect(announced.at(-1)).toBe(bookingWords.refusals.slotTaken);
  expect(farEnd.cancels).toEqual([]);
});

test("who left while it was being booked has booked, and the page is told", async () => {
  const booking = await atTheContactStep();
  const answered = booking.next();
  booking.stop();
  await answered;
  expect(farEnd.booked).toBe(1);
  expect(told).toHaveLength(1);
});

test("a time that is not wanted any more is given back", async () => {
  const booking = await atTheContactStep();
  await chooseTime(booking, "09:00");
  expect(farEnd.cancels).toEqual([]);
  await chooseTime(booking, "09:15");
  expect(farEnd.cancels).toEqual(["/visits/visit-0/cancel"]);
  booking.stop();
  expect(farEnd.cancels).toContain("/visits/visit-1/cancel");
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

/** A citizen who chose a plan of two stops and is asked for contact data. */
async function withAPlan(): Promise<Booking> {
  const booking = bookingOf("697", "1041");
  booking.step = "products";
  await booking.next();
  expect(booking.step).toBe("plan");
  await vi.waitFor(() => expect(booking.choices.plans.value).toBeDefined());
  const [first] = booking.choices.plans.value?.items ?? [];
  if (first) booking.choices.planKey = keyOf(first);
  await booking.next();
  return booking;
}

test("several products make one visit of all stops of a plan", async () => {
  const booking = await withAPlan();
  expect(booking.step).toBe("contact");
  expect(booking.visit?.items).toHaveLength(2);
  await booking.next();
  expect(booking.sent).toBe(true);
  expect(farEnd.booked).toBe(1);
});

test("each question of the stops is asked once, and as strictly as the strictest asks it", async () => {
  const email: IntakeField = { name: "email", kind: "email", required: false, options: [] };
  const phone: IntakeField = { name: "phone", kind: "telephone", required: true, options: [] };
  farEnd.fields = [
    [{ ...email, maxLength: 254 }],
    [phone, { ...email, required: true, maxLength: 80 }],
  ];
  const booking = await withAPlan();
  expect(booking.fields).toEqual([{ ...email, required: true, maxLength: 80 }, phone]);
});

test("a stop that was taken is named, and leads back to the plans", async () => {
  const booking = await withAPlan();
  farEnd.refusal = "slotTaken";
  await booking.next();
  expect(booking.step).toBe("plan");
  const said = booking.notice?.({ ...words, ...bookingWords });
  expect(said).toContain(bookingWords.partFailed("Product 0"));
  expect(said).toContain(bookingWords.refusals.slotTaken);
});

test("another plan gives back the times that were kept for the first", async () => {
  const booking = await withAPlan();
  booking.back();
  const other = booking.choices.plans.value?.items[1];
  if (other) booking.choices.planKey = keyOf(other);
  await booking.next();
  expect(farEnd.cancels).toEqual(["/visits/visit-0/cancel"]);
});

test("who rather chooses the time gets the steps of one counter, until the products change", async () => {
  const booking = await withAPlan();
  booking.back();
  booking.chooseOwnTime();
  expect(booking.step).toBe("location");
  booking.back();
  expect(booking.step).toBe("products");
  expect(booking.steps).toContain("plan");
});

/** A citizen who moves the appointment to 09:15, up to where that is asked for. */
async function moving(move: Appointment["move"], leave = () => undefined): Promise<Booking> {
  const appointment = { ...APPOINTMENT, move } as Appointment;
  const booking = new Booking(shellOf(), appointment, undefined, undefined, leave);
  await vi.waitFor(() => expect(booking.choices.slots.value).toBeDefined());
  booking.choices.day = DAY;
  await booking.next();
  booking.choices.start = slot("09:15").start;
  await booking.next();
  return booking;
}

test("a move in one step asks for nothing but the time", async () => {
  await moving("inPlace");
  expect(farEnd.moved).toEqual([{ slotId: "sealed 09:15" }]);
});

test("what was changed in another window is not moved: the list says how it stands", async () => {
  farEnd.refusal = "bookingChanged";
  const leave = vi.fn();
  await moving("inPlace", leave);
  expect(leave).toHaveBeenCalledOnce();
});

test("a move that is a new booking asks what the source asks, once more", async () => {
  const booking = await moving("newThenOld");
  expect(booking.step).toBe("contact");
  await booking.next();
  expect([...booking.mistakes.keys()]).toEqual(["email"]);
  expect(farEnd.moved).toEqual([]);
  booking.answers["email"] = "kim@example.org";
  await booking.next();
  const contact = { booker: { email: "kim@example.org" }, answers: {} };
  expect(farEnd.moved).toEqual([{ slotId: "sealed 09:15", contact }]);
});

test("names are read again in another language, and nothing that was chosen is lost", async () => {
  const booking = new Booking(shellOf(), undefined, "town", undefined, () => undefined);
  booking.choices.chooseMunicipality({ id: "town", name: "Town", nisCode: "" });
  await booking.next();
  booking.choices.chooseQuantity("697", 1);
  await vi.waitFor(() => expect(booking.choices.products.value).toBeDefined());
  const before = farEnd.asked.filter((path) => path.endsWith("/products")).length;

  booking.translate();

  expect(farEnd.asked.filter((path) => path.endsWith("/products"))).toHaveLength(before + 1);
  expect(booking.choices.has("products")).toBe(true);
});
