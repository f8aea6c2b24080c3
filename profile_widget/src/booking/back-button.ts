/** Back in the browser means one step back while booking, and not away from what was filled in. */

const OURS = "afspraken-booking";

export class BackButton {
  readonly #here = location.href;

  /** `back` is asked for one step back; whether there was one. */
  constructor(private readonly back: () => boolean) {
    this.#stayHere();
    addEventListener("popstate", this.#onBack);
  }

  /** Takes our entry out of the history again, where the page did not go on from it. */
  stop(): void {
    removeEventListener("popstate", this.#onBack);
    if (history.state?.[OURS]) history.back();
  }

  /** One entry with the state of the page's own, so that its router sees nothing new. */
  #stayHere(): void {
    history.pushState({ ...history.state, [OURS]: true }, "");
  }

  /** A link within the page leads to another address, and Back from there to our own entry. */
  readonly #onBack = (): void => {
    if (location.href !== this.#here || history.state?.[OURS]) return;
    if (this.back()) this.#stayHere();
  };
}
