/** The gateway's routes for booking, one method each. */

import type {
  Appointment,
  Contact,
  Municipalities,
  OfferedLocations,
  OfferedProducts,
  OfferedSlots,
  Plans,
  PlansQuery,
  SlotsQuery,
  Visit,
} from "../contract";
import { BOOKING, type Gateway } from "../gateway";

export class Routes {
  constructor(private readonly gateway: Gateway) {}

  municipalities(): Promise<Municipalities> {
    return this.gateway.read(`${BOOKING}/municipalities`);
  }

  products(municipalityId: string): Promise<OfferedProducts> {
    return this.gateway.read(`${BOOKING}/municipalities/${encodeURIComponent(municipalityId)}/products`);
  }

  /** A product is named as often as it is wanted, within the ten that the route takes. */
  locations(
    municipalityId: string,
    quantities: ReadonlyMap<string, number>,
  ): Promise<OfferedLocations> {
    const more = [...quantities].flatMap(([id, quantity]) => Array<string>(quantity - 1).fill(id));
    const ids = [...quantities.keys(), ...more].slice(0, 10);
    const query = new URLSearchParams(ids.map((id) => ["productId", id]));
    return this.gateway.read(
      `${BOOKING}/municipalities/${encodeURIComponent(municipalityId)}/locations?${query}`,
    );
  }

  /** A query in a body, that changes nothing: it is repeated freely. */
  slots(query: SlotsQuery): Promise<OfferedSlots> {
    return this.gateway.write(`${BOOKING}/slots/query`, query);
  }

  /** As `slots`, for what takes several counters. */
  plans(query: PlansQuery): Promise<Plans> {
    return this.gateway.write(`${BOOKING}/plans/query`, query);
  }

  createVisit(slots: readonly string[]): Promise<Visit> {
    return this.gateway.write(`${BOOKING}/visits`, { slots });
  }

  /** Answers nothing when the gateway needs more time (202): read the visit then. */
  confirmVisit(visit: Visit, contact: Contact): Promise<Visit | undefined> {
    return this.gateway.write(`${BOOKING}/visits/${visit.id}/confirm`, {
      contact,
      guarantee: visit.guarantee,
    });
  }

  visit(id: string): Promise<Visit> {
    return this.gateway.read(`${BOOKING}/visits/${id}`);
  }

  /** What is told of a visit, as long as it is told. */
  async events({ events }: Visit, signal: AbortSignal): Promise<Response> {
    return fetch(this.gateway.origin + events, {
      headers: { Accept: "text/event-stream", "Accept-Language": this.gateway.language() },
      credentials: "include",
      signal,
    });
  }

  /** `contact` for a source that books the new time before it cancels the old one. */
  reschedule(id: string, slotId: string, contact?: Contact): Promise<Appointment> {
    return this.gateway.write(`${BOOKING}/appointments/${id}/reschedule`, { slotId, contact });
  }
}
