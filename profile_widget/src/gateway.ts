/** The gateway and its routes for the list. Every method throws a `Failure` and nothing else. */

import type { Appointment, Appointments, Session, Visit } from "./contract";
import { Failure } from "./failure";
import { Intents } from "./intents";

export const BOOKING = "/booking/v1";
const PATIENCE = 30_000; // ms; longer than the gateway's own deadline

export class Gateway {
  readonly #intents = new Intents();
  #csrfToken = "";

  constructor(
    readonly origin: string,
    readonly language: () => string,
    private readonly loginMissing: () => void,
  ) {}

  async session(): Promise<Session> {
    const session = await this.read<Session>("/auth/session");
    this.#csrfToken = session.csrfToken ?? "";
    return session;
  }

  loginUrl(): string {
    return `${this.origin}/auth/login?returnTo=${encodeURIComponent(location.href)}`;
  }

  logout(): Promise<{ logoutUrl?: string }> {
    return this.write(`/auth/logout?returnTo=${encodeURIComponent(location.href)}`);
  }

  cancelVisit(id: string): Promise<Visit> {
    return this.write(`${BOOKING}/visits/${id}/cancel`);
  }

  /** The municipality, if it takes part, is asked what it holds for the citizen. */
  appointments(municipalityId?: string | null): Promise<Appointments> {
    const all = `${BOOKING}/appointments`;
    if (!municipalityId) return this.read(all);
    const asked = this.read<Appointments>(`${all}?${new URLSearchParams({ municipalityId })}`);
    return asked.catch((failure: Failure) => {
      if (failure.code !== "resourceNotFound") throw failure;
      return this.read(all);
    });
  }

  cancel(id: string): Promise<Appointment> {
    return this.write(`${BOOKING}/appointments/${id}/cancel`);
  }

  read<T>(path: string): Promise<T> {
    return this.#send(path);
  }

  /** Sends what is not to be done twice, under one key until it is answered. */
  async write<T>(path: string, body: object = {}): Promise<T> {
    const text = JSON.stringify(body);
    const intent = path + text;
    const send = () =>
      this.#send<T>(path, text, {
        "Content-Type": "application/json",
        "CSRF-Token": this.#csrfToken,
        "Idempotency-Key": this.#intents.key(intent),
      });
    try {
      // A login in another tab brings a new token.
      const answer = await send().catch(async (failure: Failure) => {
        if (failure.code !== "csrfRejected") throw failure;
        await this.session();
        return send();
      });
      this.#intents.settle(intent);
      return answer;
    } catch (failure) {
      this.#intents.settle(intent, (failure as Failure).retry);
      throw failure;
    }
  }

  async #send<T>(path: string, body?: string, headers: Record<string, string> = {}): Promise<T> {
    try {
      const response = await fetch(this.origin + path, {
        method: body === undefined ? "GET" : "POST",
        headers: { Accept: "application/json", "Accept-Language": this.language(), ...headers },
        body: body ?? null,
        credentials: "include",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (response.status === 401) this.loginMissing();
      if (!response.ok) throw await Failure.of(response);
      const text = await response.text();
      return (text ? JSON.parse(text) : undefined) as T;
    } catch (error) {
      throw Failure.from(error);
    }
  }
}
