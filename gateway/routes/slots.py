"""``/slots/query``: free slots, each with the sealed id that a visit is made of."""

from __future__ import annotations

from litestar import Controller, post
from litestar.params import JSONBody

from contracts.api import OfferedSlots, SlotsQuery
from gateway.routes.documentation import problems
from gateway.routes.given import GivenCatalogue


class SlotRoutes(Controller):
    """Public: a query by POST, so that nothing of it ends up in a log."""

    path = "/slots"
    tags = ("slots",)

    @post(
        "/query",
        operation_id="querySlots",
        summary="Free slots for products at a municipality",
        status_code=200,
        responses=problems(404, 422, body=True),
    )
    async def query(self, data: JSONBody[SlotsQuery], catalogue: GivenCatalogue) -> OfferedSlots:
        """Sorted by start; a source that did not answer is named in ``unavailable``."""
        return await catalogue.slots(data)
