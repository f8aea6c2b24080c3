/** Something read from the gateway: absent, on its way, here, or failed. */

import { Failure } from "./failure";

export class Remote<T> {
  value: T | undefined;
  failure: Failure | undefined;
  #turn = 0;

  constructor(private readonly changed: () => void) {}

  /** Reads it (again). What was here stays until the answer comes; only the last read counts. */
  async load(read: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.failure = undefined;
    this.changed();
    try {
      const value = await read();
      if (turn === this.#turn) this.value = value;
    } catch (error) {
      if (turn === this.#turn) this.failure = Failure.from(error);
    }
    this.changed();
  }

  clear(): void {
    this.#turn++;
    this.value = this.failure = undefined;
  }
}
