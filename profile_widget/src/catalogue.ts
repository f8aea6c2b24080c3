/** The words of the widget. Dutch is the source; another language is as complete or does not compile. */

import type { words as booking } from "./booking/catalogues/nl";
import type { words as list } from "./catalogues/nl";

export type Catalogue = typeof list;
export type BookingCatalogue = typeof booking;
export type Words = Catalogue & BookingCatalogue;

/** A sentence in whatever language the widget has by the time it is shown. */
export type Sentence = (words: Words) => string;

type Loader<T> = () => Promise<{ readonly words: T }>;

const LIST = {
  nl: () => import("./catalogues/nl"),
  fr: () => import("./catalogues/fr"),
  de: () => import("./catalogues/de"),
  en: () => import("./catalogues/en"),
} satisfies Record<string, Loader<Catalogue>>;

export type Language = keyof typeof LIST;

const BOOKING: Record<Language, Loader<BookingCatalogue>> = {
  nl: () => import("./booking/catalogues/nl"),
  fr: () => import("./booking/catalogues/fr"),
  de: () => import("./booking/catalogues/de"),
  en: () => import("./booking/catalogues/en"),
};

/** The language for a `lang` attribute: "fr-BE" is French, one that we do not have is Dutch. */
export function languageOf(tag: string | null | undefined): Language {
  const language = tag?.slice(0, 2).toLowerCase() ?? "";
  return Object.hasOwn(LIST, language) ? (language as Language) : "nl";
}

/** Loads the words of a language; those of the booking flow only once that is open. */
export async function wordsIn(language: Language, withBooking: boolean): Promise<Words> {
  const [list, booking] = await Promise.all([
    LIST[language](),
    withBooking ? BOOKING[language]() : undefined,
  ]);
  return { ...list.words, ...booking?.words } as Words;
}
