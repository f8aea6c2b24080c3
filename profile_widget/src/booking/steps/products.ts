/** The step in which products are chosen, and how to get those that are not booked here. */

import { type TemplateResult, html, nothing } from "lit";

import type { Words } from "../../catalogue";
import type { OfferedProduct } from "../../contract";
import { unbroken } from "../../list/card";
import { whenCollected } from "../../notices";
import type { Shell } from "../../shell";
import type { Booking } from "../booking";
import { search } from "./search";

/** The most that the API takes of one product. */
const MOST = 100;

export function productsStep(shell: Shell, booking: Booking): unknown {
  const { words: t } = shell;
  const { choices } = booking;
  return whenCollected(
    shell,
    choices.products,
    () => void choices.loadProducts(),
    ({ items }) =>
      items.length
        ? search(
            t,
            t.search.products,
            items,
            choices.sought.products,
            (text) => booking.choose(() => (choices.sought.products = text)),
            (found) => {
              const bookable = found.filter(({ bookingMode }) => bookingMode === "api");
              const others = found.filter(({ bookingMode }) => bookingMode !== "api");
              return html`<div class="rows" role="group" aria-labelledby="question">
                  ${bookable.map((product) => bookableProduct(t, booking, product))}
                </div>
                ${
                  others.length
                    ? html`<h4>${t.otherWays}</h4>
                        <ul class="rows">
                          ${others.map((product) => otherProduct(t, product))}
                        </ul>`
                    : nothing
                }`;
            },
          )
        : html`<p class="note">${t.noProducts}</p>`,
  );
}

function bookableProduct(t: Words, booking: Booking, product: OfferedProduct): TemplateResult {
  const { id, name, description } = product;
  const { choices } = booking;
  const quantity = choices.quantities.get(id) ?? 0;
  const most = Math.min(product.maxQuantity ?? MOST, MOST);
  const choose = (wanted: number) => booking.choose(() => choices.chooseQuantity(id, wanted));
  const step = (sign: string, label: string, wanted: number) =>
    html`<button
      type="button"
      aria-label=${label}
      aria-disabled=${wanted < 1 || wanted > most}
      @click=${() => wanted >= 1 && wanted <= most && choose(wanted)}
    >
      ${sign}
    </button>`;
  return html`<div class="product">
    <label class="option">
      <input type="checkbox" .checked=${quantity > 0} @change=${() => choose(quantity ? 0 : 1)} />
      <span>${name}${description ? html`<small>${description}</small>` : nothing}</span>
    </label>
    ${
      quantity && most > 1
        ? html`<div class="quantity" role="group" aria-label=${t.quantity(name)}>
            ${step("−", t.fewer, quantity - 1)}
            <output aria-live="polite">${quantity}</output>
            ${step("+", t.more, quantity + 1)}
          </div>`
        : nothing
    }
  </div>`;
}

function otherProduct(t: Words, product: OfferedProduct): TemplateResult {
  const { name, bookingMode, url, telephone, instructions } = product;
  const advice = instructions ?? (bookingMode === "walkIn" ? t.walkIn : undefined);
  return html`<li class="option">
    <span>
      ${name} ${advice ? html`<small>${advice}</small>` : nothing}
      ${url ? html`<a href=${url} target="_blank" rel="noopener">${t.link}</a>` : nothing}
      ${telephone ? html`<a href="tel:${telephone}">${t.call(unbroken(telephone))}</a>` : nothing}
    </span>
  </li>`;
}
