import { expect, test } from "vitest";

import { addDays, dayOf, hourOf, leaf, longDay, time } from "../src/dates";

const ZONE = "Europe/Brussels";

test("an instant is shown in the zone of the location, whatever offset it came with", () => {
  const local = { language: "nl", zone: ZONE } as const;
  expect(longDay(local, "2026-12-03T23:30:00Z")).toBe("vrijdag 4 december 2026");
  expect(time(local, "2026-12-03T23:30:00Z")).toBe("00:30");
  expect(time(local, "2026-12-03T18:30:00-05:00")).toBe("00:30");
  expect(leaf(local, "2026-12-03T08:20:00Z")).toEqual(["do", "3", "dec"]);
});

test("each language writes the day its own way", () => {
  const day = (language: "fr" | "de" | "en") =>
    longDay({ language, zone: ZONE }, "2026-12-03T08:20:00Z");
  expect(day("fr")).toBe("jeudi 3 décembre 2026");
  expect(day("de")).toBe("Donnerstag, 3. Dezember 2026");
  expect(day("en")).toBe("Thursday, 3 December 2026");
});

test("the night the clock goes back has its hours in the right day and part", () => {
  expect(dayOf(ZONE, "2026-10-24T22:30:00Z")).toBe("2026-10-25");
  expect(hourOf(ZONE, "2026-10-25T00:30:00Z")).toBe(2);
  expect(hourOf(ZONE, "2026-10-25T01:30:00Z")).toBe(2);
  expect(hourOf(ZONE, "2026-10-25T11:00:00Z")).toBe(12);
});

test("days are counted over a month, a leap day and a change of the clock", () => {
  expect(addDays("2026-10-24", 2)).toBe("2026-10-26");
  expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2026-03-30", -28)).toBe("2026-03-02");
});
