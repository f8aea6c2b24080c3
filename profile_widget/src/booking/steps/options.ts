/** Choosing one of several: real radio buttons, drawn as rows or as tiles. */

import { type TemplateResult, html, nothing } from "lit";

export interface Option {
  readonly value: string;
  readonly label: unknown;
  /** What is read out where `label` is too short by itself. */
  readonly name?: string;
  readonly hint?: unknown;
}

export function options(
  group: string,
  look: "rows" | "tiles",
  offered: readonly Option[],
  chosen: string | undefined,
  choose: (value: string) => void,
): TemplateResult {
  return html`<div class=${look}>
    ${offered.map(
      ({ value, label, name, hint }) =>
        html`<label class="option">
          <input
            type="radio"
            name=${group}
            value=${value}
            aria-label=${name ?? nothing}
            .checked=${value === chosen}
            @change=${() => choose(value)}
          />
          <span>${label}${hint ? html`<small>${hint}</small>` : nothing}</span>
        </label>`,
    )}
  </div>`;
}
