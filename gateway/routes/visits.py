"""``/visits``: choosing, confirming and reading."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from contracts.api import ConfirmVisit, CreateVisit, Visit
from gateway.booking.visits import Result, Visits
from gateway.idempotency import Idempotency
from gateway.identity.sessions import CitizenSession
from gateway.language import Language
from gateway.routes.documentation import problems

Key = Annotated[
    str | None,
    Parameter(
        header="Idempotency-Key",
        description="16 to 64 letters, digits, - and _; the same one repeats the same wish",
    ),
]
_LATER = {202: ResponseSpec(Visit, description="Accepted, still working: read `Location`")}


class VisitRoutes(Controller):
    """For the logged-in citizen, each their own."""

    path = "/visits"
    tags = ("visits",)

    @post(
        operation_id="createVisit",
        summary="Choose slots and keep them where that can be; with `confirm` book them too",
        responses=problems(400, 401, 403, 409, 422, 503) | _LATER,
    )
    async def create(
        self,
        request: Request[object, object, object],
        data: CreateVisit,
        citizen: CitizenSession,
        visits: Visits,
        idempotency: Idempotency,
        language: Language,
        key: Key = None,
    ) -> Response[Visit]:
        """One or more appointments, made together."""
        body = await request.body()
        async with idempotency.use(citizen.citizen_key, key, "createVisit", body) as use:
            if use.repeated:
                result = await visits.read_again(citizen.citizen_key, use.resource_id)
            else:
                result = await visits.create(
                    citizen.citizen_key, use.resource_id, data, language
                )
        return _answer(result, 201)

    @post(
        "/{visit_id:str}/confirm",
        operation_id="confirmVisit",
        summary="Book what was chosen, with the contact data and the guarantee agreed to",
        status_code=200,
        responses=problems(400, 401, 403, 404, 409, 422, 502, 503) | _LATER,
    )
    async def confirm(
        self,
        request: Request[object, object, object],
        visit_id: str,
        data: ConfirmVisit,
        citizen: CitizenSession,
        visits: Visits,
        idempotency: Idempotency,
        key: Key = None,
    ) -> Response[Visit]:
        """All or nothing, unless the visit's policy says otherwise."""
        body, operation = await request.body(), f"confirmVisit {visit_id}"
        async with idempotency.use(
            citizen.citizen_key, key, operation, body, visit_id
        ) as use:
            if use.repeated:
                result = await visits.read_again(citizen.citizen_key, visit_id)
            else:
                result = await visits.confirm(citizen.citizen_key, visit_id, data)
        return _answer(result, 200)

    @get(
        "/{visit_id:str}",
        operation_id="getVisit",
        summary="A visit as it stands",
        responses=problems(401, 403, 404),
    )
    async def get_one(self, visit_id: str, citizen: CitizenSession, visits: Visits) -> Visit:
        """Also while it is being worked on."""
        return await visits.get(citizen.citizen_key, visit_id)


def _answer(result: Result, status: int) -> Response[Visit]:
    location = f"/booking/v1/visits/{result.visit.id}"
    return Response(
        result.visit,
        status_code=status if result.done else 202,
        headers={"Location": location} if status == 201 or not result.done else {},  # noqa: PLR2004 - HTTP's own
    )
