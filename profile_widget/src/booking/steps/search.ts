/** Narrows a long list by what the citizen types. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../../catalogue";

/** A list of up to this many is seen at a glance. */
const AT_A_GLANCE = 8;

export function search<T extends { name: string }>(
  t: Words,
  label: string,
  items: readonly T[],
  text: string,
  type: (text: string) => void,
  draw: (found: readonly T[]) => TemplateResult,
): TemplateResult {
  const found = items.filter(({ name }) => plain(name).includes(plain(text)));
  const field = html`<label class="field">
    <span>${label}</span>
    <input
      type="search"
      autocomplete="off"
      .value=${text}
      @input=${(event: InputEvent) => type((event.target as HTMLInputElement).value)}
    />
  </label>`;
  return html`${items.length > AT_A_GLANCE ? field : nothing}
    <p role="status">${found.length || !text ? nothing : t.noMatch}</p>
    ${draw(found)}`;
}

/** Without case and accents: "Liège" is found by "liege". */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
