/** What tells that something is missing, wrong or on its way. */

import { type TemplateResult, html, nothing } from "lit";

import type { Catalogue } from "./catalogue";
import type { Unavailable } from "./contract";
import type { Remote } from "./remote";
import type { Shell } from "./shell";

interface Collection {
  readonly items: readonly unknown[];
  readonly unavailable: readonly Unavailable[];
}

export function alert(text: string | undefined, more: unknown = nothing): unknown {
  return text
    ? html`<div class="alert" role="alert" tabindex="-1">
        <p>${text}</p>
        ${more}
      </div>`
    : nothing;
}

/** Draws what was read; until then a skeleton, and after a failure a way to read again. */
export function whenHere<T>(
  { words }: Shell,
  remote: Remote<T>,
  read: () => void,
  draw: (value: T) => TemplateResult,
): unknown {
  const { value, failure } = remote;
  if (failure) {
    const again = html`<button type="button" @click=${read}>${words.retry}</button>`;
    return html`${alert(failure.sentence(words), again)} ${value ? draw(value) : nothing}`;
  }
  return value ? draw(value) : skeleton(words.loading);
}

/**
 * As `whenHere`, for a collection: names who did not answer above what the others said. Of
 * silence alone nothing is said: no answer is not "nothing free".
 */
export function whenCollected<T extends Collection>(
  shell: Shell,
  remote: Remote<T>,
  read: () => void,
  draw: (value: T) => TemplateResult,
): unknown {
  return whenHere(
    shell,
    remote,
    read,
    (value) => {
      const said = value.items.length || !value.unavailable.length ? draw(value) : nothing;
      return html`${silent(shell.words, value.unavailable, read)} ${said}`;
    },
  );
}

/** Names every municipality that did not answer, or takes no bookings, with a way to ask again. */
function silent(t: Catalogue, sources: readonly Unavailable[], retry: () => void): unknown {
  if (!sources.length) return nothing;
  const names = new Set(sources.map(({ municipality }) => municipality));
  const isClosed = sources.every(({ reason }) => reason === "notCertified");
  return html`<div class="note warning" role="group" aria-labelledby="silent">
    <p id="silent"><strong>${t.silent}</strong></p>
    <p>${isClosed ? t.closedText : t.silentText}</p>
    <ul>
      ${[...names].map((name) => html`<li>${name}</li>`)}
    </ul>
    <button type="button" @click=${retry}>${t.retry}</button>
  </div>`;
}

/** Grey shapes of about the size of what is to come. */
export function skeleton(text = ""): TemplateResult {
  return html`<div class="skeleton" aria-busy="true">
    <span class="hidden">${text}</span><i></i><i></i><i></i>
  </div>`;
}
