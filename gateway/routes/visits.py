"""``/visits``: choosing, confirming, reading, and changing as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage

from contracts.api import ConfirmVisit, CreateVisit, RescheduleVisit, Visit
from gateway.booking.visits import Result
from gateway.calendar import calendar
from gateway.routes.documentation import problems, write_problems
from gateway.routes.given import (
    GivenCancelling,
    GivenCitizen,
    GivenLanguage,
    GivenMoving,
    GivenOnce,
    GivenProgress,
    GivenSettings,
    GivenVisits,
    Id,
)

_LATER = {202: ResponseSpec(Visit, description="Accepted, still working: read `Location`")}
_CREATED = 201


class VisitRoutes(Controller):
    """For the logged-in citizen, each their own."""

    path = "/visits"
    tags = ("visits",)

    @post(
        operation_id="createVisit",
        summary="Choose slots and keep them where that can be; with `confirm` book them too",
        responses=write_problems(502) | _LATER,
    )
    async def create(
        self,
        data: JSONBody[CreateVisit],
        once: GivenOnce,
        visits: GivenVisits,
        language: GivenLanguage,
    ) -> Response[Visit]:
        """One or more appointments, made together."""
        citizen = once.citizen_key
        async with once.use("createVisit") as use:
            if use.repeated:
                result = await visits.read_again(citizen, use.resource_id, language)
            else:
                result = await visits.create(citizen, use.resource_id, data, language)
        return _answer(result, _CREATED)

    @post(
        "/{visit:str}/confirm",
        operation_id="confirmVisit",
        summary="Book what was chosen, with the contact data and the guarantee agreed to",
        status_code=200,
        responses=write_problems(502) | _LATER,
    )
    async def confirm(
        self,
        visit: Id,
        data: JSONBody[ConfirmVisit],
        once: GivenOnce,
        visits: GivenVisits,
        language: GivenLanguage,
    ) -> Response[Visit]:
        """All or nothing, unless the visit's policy says otherwise."""
        citizen = once.citizen_key
        async with once.use(f"confirmVisit {visit}", visit) as use:
            if use.repeated:
                result = await visits.read_again(citizen, visit, language)
            else:
                result = await visits.confirm(
                    citizen, visit, data, language, again=use.begun_before
                )
        return _answer(result, 200)

    @post(
        "/{visit:str}/cancel",
        operation_id="cancelVisit",
        summary="Cancel all that stands of a visit; cancelling twice succeeds",
        status_code=200,
        responses=write_problems() | _LATER,
    )
    async def cancel(
        self,
        visit: Id,
        once: GivenOnce,
        cancelling: GivenCancelling,
        language: GivenLanguage,
    ) -> Response[Visit]:
        """A part that cannot be cancelled stands, with its `refusal`; the others are cancelled."""
        citizen = once.citizen_key
        async with once.use(f"cancelVisit {visit}", visit) as use:
            if use.repeated:
                result = await cancelling.visits.look(citizen, visit, language)
            else:
                result = await cancelling.cancel_visit(citizen, visit, language)
        return _answer(result, 200)

    @post(
        "/{visit:str}/reschedule",
        operation_id="rescheduleVisit",
        summary="Move several appointments of a visit: all of them, or none",
        status_code=200,
        responses=write_problems(502) | _LATER,
    )
    async def reschedule(
        self,
        visit: Id,
        data: JSONBody[RescheduleVisit],
        once: GivenOnce,
        moving: GivenMoving,
        language: GivenLanguage,
    ) -> Response[Visit]:
        """Every new time is certain before an old one is cancelled; their ids stay."""
        citizen = once.citizen_key
        async with once.use(f"rescheduleVisit {visit}", visit) as use:
            if use.repeated:
                result = await moving.visits.look(citizen, visit, language)
            else:
                result = await moving.reschedule_visit(
                    citizen, visit, data, language, again=use.begun_before
                )
        return _answer(result, 200)

    @get(
        "/{visit:str}",
        operation_id="getVisit",
        summary="A visit as it stands",
        responses=problems(401, 403, 404),
    )
    async def get_one(
        self, visit: Id, citizen: GivenCitizen, visits: GivenVisits, language: GivenLanguage
    ) -> Visit:
        """Also while it is being worked on."""
        return await visits.get(citizen.citizen_key, visit, language)

    @get(
        "/{visit:str}/events",
        operation_id="followVisit",
        summary="The progress of a visit, as server-sent events",
        media_type="text/event-stream",
        responses=problems(401, 403, 404, 429),
    )
    async def events(
        self, visit: Id, citizen: GivenCitizen, progress: GivenProgress, language: GivenLanguage
    ) -> ServerSentEvent:
        """Each event `visit` has the visit as data: at once, and after every change.

        It ends when nothing is left to wait for; close it then, or a browser opens it again.
        """
        told = await progress.follow(citizen.citizen_key, visit, language)
        return ServerSentEvent(_events(told), headers={"Cache-Control": "no-store"})

    @get(
        "/{visit:str}/calendar.ics",
        operation_id="getVisitCalendar",
        summary="All appointments of a visit as one iCalendar file",
        media_type="text/calendar",
        responses=problems(401, 403, 404),
    )
    async def ics(
        self,
        visit: Id,
        citizen: GivenCitizen,
        visits: GivenVisits,
        settings: GivenSettings,
        language: GivenLanguage,
    ) -> Response[bytes]:
        """Each has the same UID as in its own file."""
        records = await visits.booked(citizen.citizen_key, visit, language)
        return Response(
            await calendar(records, settings.public_host),
            media_type="text/calendar",
            headers={"Content-Disposition": 'attachment; filename="afspraken.ics"'},
        )


async def _events(told: AsyncIterator[Visit | None]) -> AsyncIterator[ServerSentEventMessage]:
    async for visit in told:
        if visit is None:
            yield ServerSentEventMessage(data=None, comment="still there")
        else:
            data = visit.model_dump_json(by_alias=True, exclude_none=True)
            yield ServerSentEventMessage(data=data, event="visit")


def _answer(result: Result, status: int) -> Response[Visit]:
    location = f"/booking/v1/visits/{result.visit.id}"
    return Response(
        result.visit,
        status_code=status if result.done else 202,
        headers={"Location": location} if status == _CREATED or not result.done else {},
    )
