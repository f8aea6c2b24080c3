/** What can be chosen on the way to an appointment, and what was. */

import type {
  Appointment,
  Municipalities,
  Municipality,
  OfferedLocation,
  OfferedLocations,
  OfferedProducts,
  OfferedSlot,
  OfferedSlots,
} from "../contract";
import { addDays, dayOf } from "../dates";
import { Failure } from "../failure";
import { Remote } from "../remote";
import type { Shell } from "../shell";

export type Choice = "municipality" | "products" | "location" | "day" | "time";

/** The days shown at once. */
const WINDOW = 28;

export class Choices {
  municipality: Municipality | undefined;
  /** How many of each product, by its id. */
  readonly quantities = new Map<string, number>();
  location: OfferedLocation | undefined;
  day: string | undefined;
  /** The start of a slot; slot ids change with every read. */
  start: string | undefined;
  firstDay = "";
  /** What was typed to narrow the lists. */
  readonly sought = { municipality: "", products: "" };

  readonly municipalities: Remote<Municipalities>;
  readonly products: Remote<OfferedProducts>;
  readonly locations: Remote<OfferedLocations>;
  readonly slots: Remote<OfferedSlots>;

  constructor(
    private readonly shell: Shell,
    /** Chosen beforehand, if it takes part. */
    private readonly municipalityId: string | undefined,
  ) {
    const changed = () => shell.requestUpdate();
    this.municipalities = new Remote(changed);
    this.products = new Remote(changed);
    this.locations = new Remote(changed);
    this.slots = new Remote(changed);
  }

  /** Everything but the time is as in this appointment. */
  copy({ municipalityId, municipality, location, products }: Appointment): void {
    this.municipality = { id: municipalityId, name: municipality, nisCode: "" };
    this.location = location;
    for (const { id, quantity } of products) this.quantities.set(id, quantity);
  }

  has(choice: Choice): boolean {
    switch (choice) {
      case "municipality":
        return !!this.municipality;
      case "products":
        return this.quantities.size > 0;
      case "location":
        return !!this.location;
      case "day":
        return this.days.has(this.day ?? "");
      case "time":
        return !!this.slot;
    }
  }

  get zone(): string {
    return this.location?.zone ?? "Europe/Brussels";
  }

  get today(): string {
    return dayOf(this.zone, Date.now());
  }

  get lastDay(): string {
    return addDays(this.firstDay, WINDOW - 1);
  }

  /** The local days that have a slot, each with its first start. */
  get days(): ReadonlyMap<string, string> {
    const days = new Map<string, string>();
    for (const { start } of this.slots.value?.items ?? []) {
      const day = dayOf(this.zone, start);
      if (!days.has(day)) days.set(day, start);
    }
    return days;
  }

  get slotsOfDay(): OfferedSlot[] {
    const slots = this.slots.value?.items ?? [];
    return slots.filter(({ start }) => dayOf(this.zone, start) === this.day);
  }

  get slot(): OfferedSlot | undefined {
    return this.slotsOfDay.find(({ start }) => start === this.start);
  }

  chooseMunicipality(municipality: Municipality): void {
    if (this.municipality?.id !== municipality.id) {
      this.quantities.clear();
      this.products.clear();
      this.location = undefined;
    }
    this.municipality = municipality;
  }

  /** Zero takes the product out. */
  chooseQuantity(productId: string, quantity: number): void {
    if (quantity > 0) this.quantities.set(productId, quantity);
    else this.quantities.delete(productId);
  }

  async loadMunicipalities(): Promise<void> {
    await this.municipalities.load(() => this.shell.gateway.municipalities());
    this.municipality ??= this.municipalities.value?.items.find(
      ({ id }) => id === this.municipalityId,
    );
    this.shell.requestUpdate();
  }

  loadProducts(): Promise<void> {
    const { id = "" } = this.municipality ?? {};
    return this.products.load(() => this.shell.gateway.products(id));
  }

  /** The place chosen before stays chosen if it can take the products; a single one is chosen. */
  async loadLocations(): Promise<void> {
    const { id = "" } = this.municipality ?? {};
    this.locations.clear();
    await this.locations.load(() => this.shell.gateway.locations(id, this.quantities));
    const offered = this.locations.value?.items ?? [];
    const only = offered.length === 1 ? offered[0] : undefined;
    this.location = offered.find((location) => location.id === this.location?.id) ?? only;
    this.shell.requestUpdate();
  }

  /** Reads the slots of the days from `firstDay`, or from today. */
  async loadDays(firstDay: string): Promise<void> {
    this.firstDay = firstDay < this.today ? this.today : firstDay;
    this.slots.clear();
    await this.loadSlots();
  }

  /** Shows the days before (-1) or after (1) these. */
  turn(windows: number): Promise<void> {
    return this.loadDays(addDays(this.firstDay, windows * WINDOW));
  }

  loadSlots(): Promise<void> {
    const query = {
      municipalityId: this.municipality?.id ?? "",
      products: [...this.quantities].map(([productId, quantity]) => ({ productId, quantity })),
      firstDay: this.firstDay,
      lastDay: this.lastDay,
      ...(this.location && { locationId: this.location.id }),
    };
    return this.slots.load(() => this.shell.gateway.slots(query));
  }

  /** The chosen slot, asked for anew when its seal has expired. */
  async freshSlot(): Promise<OfferedSlot> {
    const { slot } = this;
    if (slot && Date.parse(slot.expiresAt) > Date.now()) return slot;
    await this.loadSlots();
    if (!this.slot) throw this.slots.failure ?? new Failure("slotTaken", "notApplied");
    return this.slot;
  }
}
