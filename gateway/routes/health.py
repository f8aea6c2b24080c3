"""``GET /health``: UP, DEGRADED when sources are silent, DOWN without ledger or sessions."""

from __future__ import annotations

from enum import StrEnum

from litestar import Response, get

from contracts.models import Model
from gateway.routes.given import GivenHealth


class HealthStatus(StrEnum):
    """The three words of Belgif's REST guide."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


class HealthReport(Model):
    """``silent_sources`` counts the sources that did not answer lately; it names none.

    ``not_certified`` names those that take no new bookings for want of a certificate.
    """

    status: HealthStatus
    silent_sources: int = 0
    not_certified: tuple[str, ...] = ()


@get("/health", operation_id="getHealth", summary="Whether this process can do its work")
async def health(health: GivenHealth) -> Response[HealthReport]:
    """200 for UP and DEGRADED, 503 for DOWN. A vendor that is down only degrades."""
    works, silent = await health.report()
    if not works:
        return Response(HealthReport(status=HealthStatus.DOWN), status_code=503)
    closed = health.not_certified
    status = HealthStatus.DEGRADED if silent or closed else HealthStatus.UP
    return Response(HealthReport(status=status, silent_sources=silent, not_certified=closed))
