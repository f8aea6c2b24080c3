import { expect, test } from "vitest";

import { attendeeFields, contactOf, fieldOfIssue, mistakesIn } from "../src/booking/form";
import type { IntakeField } from "../src/contract";

function field(name: string, more: Partial<IntakeField> = {}): IntakeField {
  return { name, kind: "text", required: false, options: [], ...more };
}

const REACHABLE = [
  field("email", { kind: "email", oneOfGroup: "reach" }),
  field("phone", { kind: "telephone", oneOfGroup: "reach" }),
];

test("a required field that is empty or blank is a mistake", () => {
  const fields = [field("familyName", { required: true }), field("initials")];
  expect([...mistakesIn(fields, { familyName: "  " })]).toEqual([["familyName", "required"]]);
  expect(mistakesIn(fields, { familyName: "Testburger" }).size).toBe(0);
});

test("one of a group is enough, none is a mistake of each", () => {
  expect([...mistakesIn(REACHABLE, {}).values()]).toEqual(["oneOf", "oneOf"]);
  expect(mistakesIn(REACHABLE, { phone: "0470 00 00 00" }).size).toBe(0);
  expect(mistakesIn(REACHABLE, { email: "nobody" }).get("email")).toBe("email");
});

test("a national number is checked, written with or without its signs, BIS and 2000 included", () => {
  const fields = [field("nationalNumber", { required: true })];
  const isRight = (nationalNumber: string) => mistakesIn(fields, { nationalNumber }).size === 0;
  expect(["85.07.30-033.28", "17073003384", "98472899765", "01490700185"].every(isRight)).toBe(
    true,
  );
  expect(["85073003329", "8507300332", "abc"].some(isRight)).toBe(false);
});

test("answers go to the booker, the attendee or the source's own questions; empty ones stay out", () => {
  const fields = [
    ...attendeeFields(true),
    field("email", { kind: "email" }),
    field("phone"),
    field("nationalNumber"),
    field("answers.partner.name"),
  ];
  const answers = {
    "attendee.givenName": "Kim",
    "attendee.familyName": "Testburger",
    email: " kim@example.org ",
    phone: "",
    nationalNumber: "85.07.30-033.28",
    "answers.partner.name": "Sam",
    forgotten: "not asked any more",
  };
  expect(contactOf(fields, answers)).toEqual({
    booker: { email: "kim@example.org", nationalNumber: "85073003328" },
    attendee: { givenName: "Kim", familyName: "Testburger" },
    answers: { "partner.name": "Sam" },
  });
});

test("an issue of the gateway finds its field", () => {
  expect(fieldOfIssue("contact.booker.email")).toBe("email");
  expect(fieldOfIssue("contact.attendee.givenName")).toBe("attendee.givenName");
  expect(fieldOfIssue("contact.answers.partner")).toBe("answers.partner");
  expect(fieldOfIssue("email")).toBe("email");
});
