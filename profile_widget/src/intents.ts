/** One Idempotency-Key per intent: who asks the same again is never served twice. */

import type { Problem } from "./contract";

export class Intents {
  readonly #keys = new Map<string, string>();

  /** The key of this request: a new one, or the one it was sent under before it settled. */
  key(intent: string): string {
    let key = this.#keys.get(intent);
    if (!key) this.#keys.set(intent, (key = crypto.randomUUID()));
    return key;
  }

  /** The request was answered. `retry` is what the problem says of trying it again, if it failed. */
  settle(intent: string, retry?: Problem["retry"]): void {
    if (retry !== "sameKey" && retry !== "after") this.#keys.delete(intent);
  }
}
