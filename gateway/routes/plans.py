"""``/plans/query``: when and where several products can be done, in one go."""

from __future__ import annotations

from litestar import Controller, post
from litestar.params import JSONBody

from contracts.api import Plans, PlansQuery
from gateway.routes.documentation import problems
from gateway.routes.given import GivenKnownCitizen, GivenLanguage, GivenPlanner


class PlanRoutes(Controller):
    """Public, and a query by POST, as for slots."""

    path = "/plans"
    tags = ("slots",)

    @post(
        "/query",
        operation_id="queryPlans",
        summary="Chains of free slots for several products, at one counter or at several",
        status_code=200,
        responses=problems(404, 422, 429, body=True),
    )
    async def query(
        self,
        data: JSONBody[PlansQuery],
        known_citizen: GivenKnownCitizen,
        planner: GivenPlanner,
        language: GivenLanguage,
    ) -> Plans:
        """At most ten; the slot ids of a plan, in order, make a visit.

        Who is logged in gets none at a time that another appointment takes, where the
        municipality would refuse it.
        """
        key = known_citizen.citizen_key if known_citizen else None
        return await planner.plans(data, language, key)
