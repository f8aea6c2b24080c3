"""``/appointments``: the citizen's own, wherever they were made."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from contracts.api import Appointments, CitizenAppointment, Reschedule
from gateway.appointments import Change
from gateway.calendar import calendar
from gateway.routes.documentation import problems, write_problems
from gateway.routes.given import (
    GivenAppointments,
    GivenCancelling,
    GivenCitizen,
    GivenLanguage,
    GivenMoving,
    GivenOnce,
    GivenSettings,
    Id,
)

_LATER = {
    202: ResponseSpec(CitizenAppointment, description="Accepted, still working: read it again")
}
_MUNICIPALITIES = QueryParameter(
    name="municipalityId",
    max_items=20,
    description="Home and followed municipalities, to be asked what they hold for the citizen",
)


class AppointmentRoutes(Controller):
    """For the logged-in citizen, each their own."""

    path = "/appointments"
    tags = ("appointments",)

    @get(
        operation_id="listAppointments",
        summary="My upcoming appointments, soonest first",
        responses=problems(401, 404),
        opt={"query": ("municipalityId",)},
    )
    async def list_(
        self,
        citizen: GivenCitizen,
        appointments: GivenAppointments,
        language: GivenLanguage,
        municipality_id: Annotated[list[str] | None, _MUNICIPALITIES] = None,
    ) -> Appointments:
        """Each says how fresh it is; sources that stay silent are named."""
        return await appointments.list(citizen.citizen_key, language, municipality_id or ())

    @get(
        "/{appointment:str}",
        operation_id="getAppointment",
        summary="One of my appointments",
        responses=problems(401, 403, 404),
    )
    async def get_one(
        self,
        appointment: Id,
        citizen: GivenCitizen,
        appointments: GivenAppointments,
        language: GivenLanguage,
    ) -> CitizenAppointment:
        """As the ledger knows it."""
        return await appointments.get(citizen.citizen_key, appointment, language)

    @get(
        "/{appointment:str}/calendar.ics",
        operation_id="getAppointmentCalendar",
        summary="One of my appointments as an iCalendar file",
        media_type="text/calendar",
        responses=problems(401, 403, 404),
    )
    async def ics(
        self,
        appointment: Id,
        citizen: GivenCitizen,
        appointments: GivenAppointments,
        settings: GivenSettings,
        language: GivenLanguage,
    ) -> Response[bytes]:
        """Its UID stays the same when the appointment moves."""
        record = await appointments.record(citizen.citizen_key, appointment, language)
        return Response(
            await calendar([record], settings.public_host),
            media_type="text/calendar",
            headers={"Content-Disposition": 'attachment; filename="afspraak.ics"'},
        )

    @post(
        "/{appointment:str}/cancel",
        operation_id="cancelAppointment",
        summary="Cancel an appointment; cancelling twice succeeds",
        status_code=200,
        responses=write_problems() | _LATER,
    )
    async def cancel(
        self,
        appointment: Id,
        once: GivenOnce,
        cancelling: GivenCancelling,
        language: GivenLanguage,
    ) -> Response[CitizenAppointment]:
        """Never by GET: mail scanners follow links."""
        citizen = once.citizen_key
        async with once.use(f"cancelAppointment {appointment}", appointment) as use:
            if use.repeated:
                change = await cancelling.mine.read_again(citizen, appointment, language)
            else:
                change = await cancelling.cancel(citizen, appointment, language)
        return _answer(change)

    @post(
        "/{appointment:str}/reschedule",
        operation_id="rescheduleAppointment",
        summary="Move an appointment to another slot of its source",
        status_code=200,
        responses=write_problems(502) | _LATER,
    )
    async def reschedule(
        self,
        appointment: Id,
        data: JSONBody[Reschedule],
        once: GivenOnce,
        moving: GivenMoving,
        language: GivenLanguage,
    ) -> Response[CitizenAppointment]:
        """Its id stays; on any refusal the old time stands.

        Where its `move` is `newThenOld` the new time is booked first, with `contact`, and the
        old one is cancelled when that is certain.
        """
        citizen = once.citizen_key
        async with once.use(f"rescheduleAppointment {appointment}", appointment) as use:
            if use.repeated:
                change = await moving.mine.read_again(citizen, appointment, language)
            else:
                change = await moving.reschedule(
                    citizen, appointment, data, language, again=use.begun_before
                )
        return _answer(change)


def _answer(change: Change) -> Response[CitizenAppointment]:
    location = f"/booking/v1/appointments/{change.appointment.id}"
    return Response(
        change.appointment,
        status_code=200 if change.done else 202,
        headers={} if change.done else {"Location": location},
    )
