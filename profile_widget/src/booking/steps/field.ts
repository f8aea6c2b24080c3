/** One question of the contact form. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../../catalogue";
import type { IntakeField } from "../../contract";
import type { Booking } from "../booking";

/** What a browser may fill in by itself, by the name of the field. */
const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  givenName: "given-name",
  familyName: "family-name",
  email: "email",
  phone: "tel",
  mobilePhone: "tel",
  birthDate: "bday",
  postalCode: "postal-code",
  city: "address-level2",
  country: "country-name",
};

export function isAttendee({ name }: IntakeField): boolean {
  return name.startsWith("attendee.");
}

export function labelOf(t: Words, { name, label }: IntakeField): string {
  const key = name.replace("attendee.", "");
  return label || (t.fields as Record<string, string>)[key] || name;
}

export function fieldOf(t: Words, booking: Booking, field: IntakeField): TemplateResult {
  const { name, kind, required, oneOfGroup } = field;
  const id = idOf(field);
  const mistake = booking.mistakes.get(name);
  const label = labelOf(t, field);
  const text = required || oneOfGroup ? label : html`${label} <small>${t.optional}</small>`;
  const input = control(t, booking, field);
  return html`<div class=${mistake ? "field wrong" : "field"}>
    ${
      kind === "checkbox"
        ? html`<label class="option">${input}<span>${text}</span></label>`
        : html`<label for=${id}>${text}</label>${input}`
    }
    ${mistake ? html`<p class="mistake" id="${id}-mistake">${t.mistakes[mistake]}</p>` : nothing}
  </div>`;
}

function control(t: Words, booking: Booking, field: IntakeField): TemplateResult {
  const { name, kind, required } = field;
  const { answers } = booking;
  const id = idOf(field);
  const wrong = booking.mistakes.has(name);
  const describedBy = wrong ? `${id}-mistake` : nothing;
  const value = answers[name] ?? "";
  // A national number may be typed with its dots and dashes.
  const limit = name === "nationalNumber" ? nothing : (field.maxLength ?? nothing);
  const note = ({ target }: Event) => {
    answers[name] = (target as HTMLInputElement).value;
  };
  switch (kind) {
    case "checkbox":
      return html`<input
        type="checkbox"
        name=${name}
        ?required=${required}
        aria-invalid=${wrong}
        aria-describedby=${describedBy}
        .checked=${value === "true"}
        @change=${({ target }: Event) => {
          answers[name] = (target as HTMLInputElement).checked ? "true" : "";
        }}
      />`;
    case "choice": {
      const chosen = field.name === "gender" ? genders(t, field) : field.options;
      return html`<select
        id=${id}
        name=${name}
        ?required=${required}
        aria-invalid=${wrong}
        aria-describedby=${describedBy}
        @change=${note}
      >
        <option value="">${t.select}</option>
        ${chosen.map(
          (option) =>
            html`<option value=${option.value} ?selected=${option.value === value}>
              ${option.label}
            </option>`,
        )}
      </select>`;
    }
    case "multiline":
      return html`<textarea
        id=${id}
        name=${name}
        ?required=${required}
        maxlength=${limit}
        rows="4"
        aria-invalid=${wrong}
        aria-describedby=${describedBy}
        .value=${value}
        @input=${note}
      ></textarea>`;
    default:
      return html`<input
        id=${id}
        name=${name}
        ?required=${required}
        maxlength=${limit}
        type=${kind === "telephone" ? "tel" : kind}
        autocomplete=${AUTOCOMPLETE[name] ?? "off"}
        inputmode=${name === "nationalNumber" ? "numeric" : nothing}
        aria-invalid=${wrong}
        aria-describedby=${describedBy}
        .value=${value}
        @input=${note}
      />`;
  }
}

/** The name is the source's: a space in it would make two ids of one. */
function idOf({ name }: IntakeField): string {
  return name.replace(/\s/g, "_");
}

/** In the citizen's words: a source knows its own language at best. */
function genders(t: Words, { options }: IntakeField): { value: string; label: string }[] {
  const all = Object.entries(t.genders).map(([value, label]) => ({ value, label }));
  const asked = new Set(options.map(({ value }) => value));
  return all.filter(({ value }) => !asked.size || asked.has(value));
}
