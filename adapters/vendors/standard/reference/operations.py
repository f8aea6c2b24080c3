"""The operations of the standard, as they are asked over HTTP; ``desk`` does the work."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from adapters.vendors.standard import wire
from adapters.vendors.standard.reference import offer
from adapters.vendors.standard.reference.desk import Desk
from contracts.api import Problem
from contracts.errors import CapabilityNotSupported
from contracts.models import ProductQuantity, SlotQuery

GivenDesk = NamedDependency[Desk]
Ref = FromPath[str]
Key = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        pattern=r"^[A-Za-z0-9-]{8,64}$",
        description="the client reference of this write; the same key repeats the same answer",
    ),
]
_MEANINGS = {
    400: "`schemaViolation`: not as this document says; `issues` names every mistake",
    401: "`noAccessToken`: no bearer token, or one that has expired",
    404: "`resourceNotFound`: no such product, location, hold or appointment",
    409: "`slotTaken`, `slotHeldByOther`, `citizenTimeConflict`, `duplicateBooking`, "
    "`holdExpired`, `cancellationClosed`, or `idempotencyInFlight`",
    422: "`slotInPast`, `outsideBookingWindow`, `productsNotCombinable`, `quantityExceeded`, "
    "`customerFieldsMissing` with an issue per field, or `idempotencyKeyReused`",
    501: "`capabilityNotSupported`",
    503: "With `outcome: notApplied` nothing was changed; without it the outcome is unknown",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The refusals that an operation may answer with, beside those of all of them."""
    return {
        status: ResponseSpec(
            Problem,
            description=_MEANINGS[status],
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in sorted({400, 401, 503, *statuses})
    }


class Catalogue(Controller):
    """What there is."""

    @get(
        "/capabilities",
        operation_id="getCapabilities",
        summary="What this system offers beyond the core",
        tags=("core",),
        responses=problems(),
    )
    async def capabilities(self, declared: NamedDependency[wire.Capabilities]) -> wire.Capabilities:
        """Asked once by each process. A name that stood here stays."""
        return declared

    @get(
        "/products",
        operation_id="listProducts",
        summary="Everything that can be booked",
        tags=("core",),
        responses=problems(),
    )
    async def products(self) -> wire.Products:
        """With the system's own ids."""
        return wire.Products(items=tuple(each.product for each in offer.PRODUCTS.values()))

    @get(
        "/locations",
        operation_id="listLocations",
        summary="Where all the given products can be handled in one appointment",
        tags=("core",),
        responses=problems(404, 422),
    )
    async def locations(
        self,
        product_id: Annotated[
            list[str] | None,
            QueryParameter(name="productId", max_items=20, description="repeat it for several"),
        ] = None,
    ) -> wire.Locations:
        """All locations when no product is given."""
        asked = [ProductQuantity(product_id=each) for each in product_id or ()]
        return wire.Locations(items=tuple(offer.places(asked)))

    @post(
        "/slots/query",
        operation_id="querySlots",
        summary="Free slots that start on the given days",
        tags=("core",),
        status_code=200,
        responses=problems(404, 422),
    )
    async def slots(self, data: JSONBody[SlotQuery], desk: GivenDesk) -> wire.Slots:
        """Days are local to the location, both included, at most 366 days apart.

        Sorted by start, none in the past, and the same for the same question whether it is
        asked for a day or for a year. Each can be booked as it is.
        """
        return wire.Slots(items=desk.free(data))

    @post(
        "/intake-fields/query",
        operation_id="queryIntakeFields",
        summary="What is asked of the citizen for exactly these products",
        status_code=200,
        tags=("intakeFields",),
        opt={"capability": "intakeFields"},
        responses=problems(404, 422, 501),
    )
    async def intake_fields(self, data: JSONBody[wire.ChosenProducts]) -> wire.IntakeFields:
        """Without this capability: given name, family name and e-mail address."""
        return wire.IntakeFields(items=tuple(offer.fields(data.products)))


class Appointments(Controller):
    """What is booked."""

    @post(
        "/bookings",
        operation_id="book",
        summary="Book a slot in one go",
        tags=("core",),
        responses=problems(404, 409, 422),
    )
    async def book(
        self, data: JSONBody[wire.Booking], key: Key, desk: GivenDesk
    ) -> wire.Appointment:
        """One of many who want the last place gets it; the others get `slotTaken`."""
        return desk.once(key, ("book", data), lambda: desk.book(data.slot, data, key))

    @get(
        "/appointments/{ref:str}",
        operation_id="getAppointment",
        summary="An appointment as it stands now",
        tags=("core",),
        responses=problems(404),
    )
    async def appointment(self, ref: Ref, desk: GivenDesk) -> wire.Appointment:
        """Cancelled ones are best shown as cancelled; 404 says that nothing is known of it."""
        return desk.appointment(ref)

    @post(
        "/appointments/{ref:str}/cancel",
        operation_id="cancel",
        summary="Cancel an appointment",
        tags=("core",),
        status_code=200,
        responses=problems(404, 409),
    )
    async def cancel(self, ref: Ref, desk: GivenDesk) -> wire.Appointment:
        """Cancelling what is cancelled succeeds, also after the time to cancel is over."""
        return desk.cancel(ref)

    @post(
        "/appointments/{ref:str}/reschedule",
        operation_id="reschedule",
        summary="Move an appointment in one step",
        status_code=200,
        tags=("reschedule",),
        opt={"capability": "reschedule"},
        responses=problems(404, 409, 422, 501),
    )
    async def reschedule(
        self, ref: Ref, data: JSONBody[wire.ChosenSlot], key: Key, desk: GivenDesk
    ) -> wire.Appointment:
        """Whatever goes wrong, the appointment stands where it stood."""
        asked = ("reschedule", ref, data)
        return desk.once(key, asked, lambda: desk.reschedule(ref, data.slot, key))

    @post(
        "/appointments/query",
        operation_id="queryAppointments",
        summary="By the client reference of a write; or the upcoming ones of a citizen",
        tags=("core",),
        status_code=200,
        responses=problems(501),
    )
    async def look_up(
        self,
        data: JSONBody[wire.Lookup],
        desk: GivenDesk,
        declared: NamedDependency[wire.Capabilities],
    ) -> wire.Appointments:
        """By POST, since a match key may stand in no URL.

        `clientReference` is core: how the outcome of an unanswered write is found out. At most
        one is found, also when it was cancelled since. `matchKey` is the capability
        `appointmentsOf`: also those made at the desk or by phone, sorted by start.
        """
        if data.match_key and "appointmentsOf" not in declared.capabilities:
            raise CapabilityNotSupported("There is no appointmentsOf here.")
        return desk.look_up(data)

    @get(
        "/changes",
        operation_id="listChanges",
        summary="What changed since a cursor",
        tags=("changes",),
        opt={"capability": "changes"},
        responses=problems(501),
    )
    async def changes(
        self,
        desk: GivenDesk,
        cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=500)] = None,
    ) -> wire.Changes:
        """Without a cursor: no items, and the cursor of this moment."""
        return desk.changes(cursor)


class Holds(Controller):
    """What is kept before the citizen's data is known."""

    path = "/holds"
    opt = {"capability": "hold"}  # noqa: RUF012 - as Litestar has it

    @post(
        operation_id="hold",
        summary="Keep a slot for a while",
        tags=("hold",),
        responses=problems(404, 409, 422, 501),
    )
    async def hold(self, data: JSONBody[wire.ChosenSlot], key: Key, desk: GivenDesk) -> wire.Hold:
        """Long enough to fill in a form: ten minutes is usual."""
        return desk.once(key, ("hold", data), lambda: desk.hold(data.slot, key))

    @post(
        "/{ref:str}/confirm",
        operation_id="confirm",
        summary="Make an appointment of a hold",
        tags=("hold",),
        responses=problems(404, 409, 422, 501),
    )
    async def confirm(
        self, ref: Ref, data: JSONBody[wire.Confirmation], key: Key, desk: GivenDesk
    ) -> wire.Appointment:
        """What was held is there: only its time, or the data given, can be the matter."""
        asked = ("confirm", ref, data)
        return desk.once(key, asked, lambda: desk.confirm(ref, data, key))

    @delete(
        "/{ref:str}",
        operation_id="release",
        summary="Give a held slot back",
        tags=("hold",),
        responses=problems(501),
    )
    async def release(self, ref: Ref, desk: GivenDesk) -> None:
        """Giving back what is gone succeeds."""
        desk.release(ref)

    @post(
        "/{ref:str}/extend",
        operation_id="extend",
        summary="Keep a held slot longer",
        status_code=200,
        tags=("extend",),
        opt={"capability": "extend"},
        responses=problems(404, 409, 501),
    )
    async def extend(self, ref: Ref, desk: GivenDesk) -> wire.Hold:
        """From now on as long as a new hold would be kept."""
        return desk.extend(ref)
