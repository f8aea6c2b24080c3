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
  Plan,
  Plans,
} from "../contract";
import { addDays, dayOf } from "../dates";
import { Failure } from "../failure";
import { Remote } from "../remote";
import type { Shell } from "../shell";
import type { Routes } from "./routes";

export type Choice = "municipality" | "products" | "location" | "day" | "time" | "plan";

/** The days shown at once: of times, and of plans, which are more to look at. */
const WINDOW = 28;
const WEEK = 7;

export class Choices {
  municipality: Municipality | undefined;
  /** How many of each product, by its id. */
  readonly quantities = new Map<string, number>();
  location: OfferedLocation | undefined;
  day: string | undefined;
  /** The start of a slot; slot ids change with every read. */
  start: string | undefined;
  /** Which of the plans, by what it is made of. */
  planKey: string | undefined;
  /** The citizen rather chooses place and time than one of the plans. */
  ownTime = false;
  firstDay = "";
  /** What was typed to narrow the lists. */
  readonly sought = { municipality: "", products: "" };

  readonly municipalities: Remote<Municipalities>;
  readonly products: Remote<OfferedProducts>;
  readonly locations: Remote<OfferedLocations>;
  readonly slots: Remote<OfferedSlots>;
  readonly plans: Remote<Plans>;

  constructor(
    private readonly shell: Shell,
    private readonly routes: Routes,
    /** Chosen beforehand, if it takes part. */
    private readonly municipalityId: string | undefined,
  ) {
    const changed = () => shell.requestUpdate();
    this.municipalities = new Remote(changed);
    this.products = new Remote(changed);
    this.locations = new Remote(changed);
    this.slots = new Remote(changed);
    this.plans = new Remote(changed);
  }

  /** Everything but the time is as in this appointment. */
  copy({ municipalityId, municipality, location, products }: Appointment): void {
    this.municipality = { id: municipalityId, name: municipality, nisCode: "" };
    this.location = location;
    for (const { id, quantity } of products) this.quantities.set(id, quantity);
    this.ownTime = true;
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
      case "plan":
        return !!this.plan;
    }
  }

  /** Several products may take several counters: plans are shown instead of places and times. */
  get isPlanned(): boolean {
    return this.quantities.size > 1 && !this.ownTime;
  }

  get zone(): string {
    const place = this.isPlanned ? this.plan?.stops[0]?.location : this.location;
    return place?.zone ?? "Europe/Brussels";
  }

  get today(): string {
    return dayOf(this.zone, Date.now());
  }

  get lastDay(): string {
    return addDays(this.firstDay, this.#window - 1);
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

  get plan(): Plan | undefined {
    return this.plans.value?.items.find((plan) => keyOf(plan) === this.planKey);
  }

  /** What a visit is made for, whatever its sealed ids are by now. */
  get wish(): string | undefined {
    return this.isPlanned ? this.planKey : this.start;
  }

  get #window(): number {
    return this.isPlanned ? WEEK : WINDOW;
  }

  get #products(): { productId: string; quantity: number }[] {
    return [...this.quantities].map(([productId, quantity]) => ({ productId, quantity }));
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
    await this.municipalities.load(() => this.routes.municipalities());
    this.municipality ??= this.municipalities.value?.items.find(
      ({ id }) => id === this.municipalityId,
    );
    this.shell.requestUpdate();
  }

  loadProducts(): Promise<void> {
    const { id = "" } = this.municipality ?? {};
    return this.products.load(() => this.routes.products(id));
  }

  /** The place chosen before stays chosen if it can take the products; a single one is chosen. */
  async loadLocations(): Promise<void> {
    const { id = "" } = this.municipality ?? {};
    this.locations.clear();
    await this.locations.load(() => this.routes.locations(id, this.quantities));
    const offered = this.locations.value?.items ?? [];
    const only = offered.length === 1 ? offered[0] : undefined;
    this.location = offered.find((location) => location.id === this.location?.id) ?? only;
    this.shell.requestUpdate();
  }

  /** Reads what is free on the days from `firstDay`, or from today. */
  async loadDays(firstDay: string): Promise<void> {
    this.firstDay = firstDay < this.today ? this.today : firstDay;
    this.slots.clear();
    this.plans.clear();
    await this.loadFree();
  }

  /** Reads again what is free on the days that are shown: times, or plans. */
  loadFree(): Promise<void> {
    return this.isPlanned ? this.loadPlans() : this.loadSlots();
  }

  /** Shows the days before (-1) or after (1) these. */
  turn(windows: number): Promise<void> {
    return this.loadDays(addDays(this.firstDay, windows * this.#window));
  }

  loadSlots(): Promise<void> {
    const query = {
      municipalityId: this.municipality?.id ?? "",
      products: this.#products,
      firstDay: this.firstDay,
      lastDay: this.lastDay,
      ...(this.location && { locationId: this.location.id }),
    };
    return this.slots.load(() => this.routes.slots(query));
  }

  loadPlans(): Promise<void> {
    const query = {
      municipalityIds: [this.municipality?.id ?? ""],
      products: this.#products,
      firstDay: this.firstDay,
      lastDay: this.lastDay,
      preferredLocationIds: [],
    };
    return this.plans.load(() => this.routes.plans(query));
  }

  /** The ids of the chosen time, or of each stop, asked for anew when their seals have expired. */
  async freshSlots(): Promise<string[]> {
    const chosen = () => (this.isPlanned ? this.plan : this.slot);
    if (!(Date.parse(chosen()?.expiresAt ?? "") > Date.now())) {
      await this.loadFree();
      const { failure } = this.isPlanned ? this.plans : this.slots;
      if (!chosen()) throw failure ?? new Failure("slotTaken", "notApplied");
    }
    const parts = (this.isPlanned ? this.plan?.stops : this.slot && [this.slot]) ?? [];
    return parts.map(({ slotId }) => slotId);
  }
}

/** What tells one plan from another; its sealed ids change with every read. */
export function keyOf({ stops }: Plan): string {
  return stops
    .map(({ location, start, products }) =>
      [location.id, start, ...products.map(({ id }) => id)].join(" "),
    )
    .join("; ");
}
