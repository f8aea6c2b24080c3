/** What the widget is to its models and screens. */

import type { Language, Sentence, Words } from "./catalogue";
import type { Gateway } from "./gateway";

export interface Shell {
  readonly gateway: Gateway;
  /** Those of the booking flow are there while it is open. */
  readonly words: Words;
  readonly language: Language;
  /** Draws again, because something on the screen changed. */
  requestUpdate(): void;
  /** Shows a sentence above the screen and has it read out; a warning if all is not well. */
  announce(sentence?: Sentence, isWarning?: boolean): void;
  /** Moves the focus, once drawn, to where the citizen goes on. */
  focusOn(selector: string): void;
  /** Tells the page; ids only. */
  tell(event: "afspraken-booked" | "afspraken-cancelled", ids: object): void;
}
