/** The contact form without its looks: what is asked, what is wrong with the answers, what is sent. */

import type { Words } from "../catalogue";
import type { Contact, IntakeField, VisitItem } from "../contract";

export type Answers = Record<string, string>;
export type Mistake = keyof Words["mistakes"];

/** Asked by us, not by the source, when the appointment is for somebody else. */
const ATTENDEE: readonly IntakeField[] = ["givenName", "familyName"].map((name) => ({
  name: `attendee.${name}`,
  kind: "text",
  required: true,
  maxLength: 128,
  options: [],
}));

export function attendeeFields(forOther: boolean): readonly IntakeField[] {
  return forOther ? ATTENDEE : [];
}

/**
 * Every question of every item, once. What one item must know is required, and the shortest
 * limit holds for all.
 */
export function questionsOf(items: readonly Pick<VisitItem, "intakeFields">[]): IntakeField[] {
  const asked = new Map<string, IntakeField>();
  for (const field of items.flatMap(({ intakeFields }) => intakeFields)) {
    const known = asked.get(field.name);
    const maxLength = Math.min(known?.maxLength ?? Infinity, field.maxLength ?? Infinity);
    asked.set(field.name, {
      ...(known ?? field),
      required: field.required || !!known?.required,
      ...(Number.isFinite(maxLength) && { maxLength }),
    });
  }
  return [...asked.values()];
}

/** What is wrong, by the name of the field, in the order of the fields. */
export function mistakesIn(
  fields: readonly IntakeField[],
  answers: Answers,
): ReadonlyMap<string, Mistake> {
  const given = (field: IntakeField) => answers[field.name]?.trim() ?? "";
  const found = new Map<string, Mistake>();
  for (const field of fields) {
    const group = field.oneOfGroup;
    const mistake = mistakeIn(field, given(field));
    if (mistake) found.set(field.name, mistake);
    else if (group && !fields.some((other) => other.oneOfGroup === group && given(other)))
      found.set(field.name, "oneOf");
  }
  return found;
}

function mistakeIn(field: IntakeField, answer: string): Mistake | undefined {
  if (!answer) return field.required ? "required" : undefined;
  if (field.kind === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(answer)) return "email";
  if (field.name === "nationalNumber" && !isNationalNumber(answer)) return "nationalNumber";
  return undefined;
}

/** Eleven digits of which the last two check the others, with a 2 before them since 2000. */
function isNationalNumber(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  const checks = (prefix: string) =>
    97 - (Number(prefix + digits.slice(0, 9)) % 97) === Number(digits.slice(9));
  return digits.length === 11 && (checks("") || checks("2"));
}

/** The contact data as the API takes it. What was left empty is left out. */
export function contactOf(fields: readonly IntakeField[], answers: Answers): Contact {
  const people: Record<string, Answers> = { booker: {}, answers: {} };
  for (const { name } of fields) {
    const answer = answers[name]?.trim();
    if (!answer) continue;
    const [owner, key] = name.includes(".") ? split(name) : ["booker", name];
    const value = key === "nationalNumber" ? answer.replace(/\D/g, "") : answer;
    (people[owner] ??= {})[key] = value;
  }
  return people as unknown as Contact;
}

/** The field behind the name of an issue: "contact.booker.email" is "email". */
export function fieldOfIssue(name: string): string {
  return name.replace(/^contact\./, "").replace(/^booker\./, "");
}

function split(name: string): [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}
