/** The gateway's routes, one method each. Every method throws a `Failure` and nothing else. */

import type {
  Appointment,
  Appointments,
  Contact,
  Municipalities,
  OfferedLocations,
  OfferedProducts,
  OfferedSlots,
  Plans,
  PlansQuery,
  Session,
  SlotsQuery,
  Visit,
} from "./contract";
import { Failure } from "./failure";
import { Intents } from "./intents";

const BOOKING = "/booking/v1";
const PATIENCE = 30_000; // ms; longer than the gateway's own deadline

export class Gateway {
  readonly #intents = new Intents();
  #csrfToken = "";

  constructor(
    readonly origin: string,
    private readonly language: () => string,
    private readonly loginMissing: () => void,
  ) {}

  async session(): Promise<Session> {
    const session = await this.#send<Session>("/auth/session");
    this.#csrfToken = session.csrfToken ?? "";
    return session;
  }

  loginUrl(): string {
    return `${this.origin}/auth/login?returnTo=${encodeURIComponent(location.href)}`;
  }

  logout(): Promise<{ logoutUrl?: string }> {
    return this.#write(`/auth/logout?returnTo=${encodeURIComponent(location.href)}`);
  }

  municipalities(): Promise<Municipalities> {
    return this.#send(`${BOOKING}/municipalities`);
  }

  products(municipalityId: string): Promise<OfferedProducts> {
    return this.#send(`${BOOKING}/municipalities/${encodeURIComponent(municipalityId)}/products`);
  }

  /** A product is named as often as it is wanted, within the ten that the route takes. */
  locations(
    municipalityId: string,
    quantities: ReadonlyMap<string, number>,
  ): Promise<OfferedLocations> {
    const more = [...quantities].flatMap(([id, quantity]) => Array<string>(quantity - 1).fill(id));
    const ids = [...quantities.keys(), ...more].slice(0, 10);
    const query = new URLSearchParams(ids.map((id) => ["productId", id]));
    return this.#send(
      `${BOOKING}/municipalities/${encodeURIComponent(municipalityId)}/locations?${query}`,
    );
  }

  /** A query in a body, that changes nothing: it is repeated freely. */
  slots(query: SlotsQuery): Promise<OfferedSlots> {
    return this.#write(`${BOOKING}/slots/query`, query);
  }

  /** As `slots`, for what takes several counters. */
  plans(query: PlansQuery): Promise<Plans> {
    return this.#write(`${BOOKING}/plans/query`, query);
  }

  createVisit(slots: readonly string[]): Promise<Visit> {
    return this.#write(`${BOOKING}/visits`, { slots });
  }

  /** Answers nothing when the gateway needs more time (202): read the visit then. */
  confirmVisit(visit: Visit, contact: Contact): Promise<Visit | undefined> {
    return this.#write(`${BOOKING}/visits/${visit.id}/confirm`, {
      contact,
      guarantee: visit.guarantee,
    });
  }

  visit(id: string): Promise<Visit> {
    return this.#send(`${BOOKING}/visits/${id}`);
  }

  /** What is told of a visit, as long as it is told. */
  async events({ events }: Visit, signal: AbortSignal): Promise<Response> {
    return fetch(this.origin + events, {
      headers: { Accept: "text/event-stream", "Accept-Language": this.language() },
      credentials: "include",
      signal,
    });
  }

  cancelVisit(id: string): Promise<Visit> {
    return this.#write(`${BOOKING}/visits/${id}/cancel`);
  }

  /** The municipality, if given, is asked what it holds for the citizen. */
  appointments(municipalityId?: string | null): Promise<Appointments> {
    const query = municipalityId ? `?${new URLSearchParams({ municipalityId })}` : "";
    return this.#send(`${BOOKING}/appointments${query}`);
  }

  cancel(id: string): Promise<Appointment> {
    return this.#write(`${BOOKING}/appointments/${id}/cancel`);
  }

  /** `contact` for a source that books the new time before it cancels the old one. */
  reschedule(id: string, slotId: string, contact?: Contact): Promise<Appointment> {
    return this.#write(`${BOOKING}/appointments/${id}/reschedule`, { slotId, contact });
  }

  async #write<T>(path: string, body: object = {}): Promise<T> {
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
