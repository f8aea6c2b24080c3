/** The bodies of the API under the names used here, out of the types made from openapi.json. */

import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Appointment = Schemas["CitizenAppointment"];
export type Appointments = Schemas["Appointments"];
export type Contact = Schemas["Contact"];
export type IntakeField = Schemas["IntakeField"];
export type Issue = Schemas["Issue"];
export type Municipalities = Schemas["Municipalities"];
export type Municipality = Schemas["Municipality"];
export type OfferedLocation = Schemas["OfferedLocation"];
export type OfferedLocations = Schemas["OfferedLocations"];
export type OfferedProduct = Schemas["OfferedProduct"];
export type OfferedProducts = Schemas["OfferedProducts"];
export type OfferedSlot = Schemas["OfferedSlot"];
export type OfferedSlots = Schemas["OfferedSlots"];
export type Plan = Schemas["Plan"];
export type PlannedStop = Schemas["PlannedStop"];
export type Plans = Schemas["Plans"];
export type PlansQuery = Schemas["PlansQuery"];
export type Problem = Schemas["Problem"];
export type ProductQuantity = Schemas["ProductQuantity"];
export type Session = Schemas["Session"];
export type SlotsQuery = Schemas["SlotsQuery"];
export type Unavailable = Schemas["Unavailable"];
export type Visit = Schemas["Visit"];
export type VisitItem = Schemas["VisitItem"];
