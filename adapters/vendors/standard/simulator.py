"""The reference system, served: the demo, the tests, and the source of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from litestar import Litestar, Request, Response, get, post
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.plugins.pydantic import PydanticPlugin

from adapters.vendors.standard import wire
from adapters.vendors.standard.reference.agenda import OFFICE_HOURS, Agenda, Hours
from adapters.vendors.standard.reference.desk import Desk
from adapters.vendors.standard.reference.document import explained, openapi_config
from adapters.vendors.standard.reference.doors import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFUSALS,
    Doors,
)
from adapters.vendors.standard.reference.operations import Appointments, Catalogue, Holds
from adapters.vendors.standard.reference.sandbox import Clock, Sandbox, SandboxControls
from adapters.vendors.standard.reference.webhooks import message

WEBHOOK_SECRET = "whsec_cmVmZXJlbmNlLXNlY3JldC1vZi0zMi1ieXRlcw=="  # noqa: S105 - of an example
MAX_BODY = 64 * 1024


@dataclass
class Simulator:
    """One town hall; ``app`` is its ASGI application.

    Attributes:
        now: the current instant.
        counters: how many appointments one location takes at a time.
        hours: when they are open, by day of the week.
        lacks: the capabilities that it does not offer.
        hold_time: how long a hold is kept.
        lifetime: how long a token lives.
        product_version: what it says of itself.
        sandbox: whether tests move its clock and empty its agenda; never where citizens book.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    counters: int = 2
    hours: Hours = field(default_factory=lambda: OFFICE_HOURS)
    lacks: Collection[str] = ()
    hold_time: timedelta = timedelta(minutes=10)
    lifetime: timedelta = timedelta(hours=1)
    product_version: str = "reference 1"
    sandbox: bool = False

    def __post_init__(self) -> None:
        # Tokens keep the real time: who gives them out may be another system.
        self.clock = Clock(self.now)
        self.desk = Desk(Agenda(self.clock, self.counters, self.hours), hold_time=self.hold_time)
        self.doors = Doors(self.now, self.lacks, self.lifetime)
        self.capabilities = tuple(
            name for name in get_args(wire.CapabilityName) if name not in self.lacks
        )
        self.app = Litestar(
            [
                *(Catalogue, Appointments, Holds),
                *([SandboxControls] if self.sandbox else []),
                *self._beside(),
            ],
            dependencies={
                "desk": _always(self.desk),
                "sandbox": _always(Sandbox(self.clock, self.desk, self.notification)),
                "declared": _always(
                    wire.Capabilities(
                        version=wire.VERSION,
                        capabilities=self.capabilities,
                        product_version=self.product_version,
                        sandbox=self.sandbox,
                    )
                ),
            },
            guards=[self.doors.let_in],
            exception_handlers=REFUSALS,
            plugins=[PydanticPlugin(prefer_alias=True, exclude_none=True)],
            openapi_config=openapi_config(),
            request_max_body_size=MAX_BODY,
            logging_config=None,
        )

    def settings(self, base_url: str) -> dict[str, Any]:
        """The settings of a source that talks to it, served at ``base_url``."""
        hooked = "webhooks" in self.capabilities
        return {
            "base_url": base_url,
            "token_url": f"{base_url}/oauth/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "capabilities": list(self.capabilities),
            **({"webhook_secrets": [WEBHOOK_SECRET]} if hooked else {}),
        }

    def fill(self) -> None:
        """Take all free time: every counter is busy."""
        self.desk.agenda = replace(self.desk.agenda, counters=0)

    is_write = staticmethod(wire.is_write)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of the standard: ``contracts/standard.openapi.json``.

        The same on every system: what one does not offer is in it too.
        """
        whole = self if self.sandbox and not self.lacks else Simulator(sandbox=True)
        return explained(whole.app.openapi_schema.to_schema())

    def _beside(self) -> list[HTTPRouteHandler]:
        """What is open to all: how to get a token, and the document."""
        to_all = {"open_to_all": True}

        @post("/oauth/token", include_in_schema=False, status_code=200, opt=to_all)
        async def token(request: Request[Any, Any, Any]) -> Response[dict[str, object]]:
            form = {name: str(value) for name, value in (await request.form()).items()}
            status, said = self.doors.grant(request.headers.get("authorization", ""), form)
            return Response(said, status_code=status, headers={"Cache-Control": "no-store"})

        @get("/openapi.json", include_in_schema=False, opt=to_all)
        async def document() -> dict[str, Any]:
            return self.openapi()

        return [token, document]

    def notification(self, ref: str) -> tuple[Mapping[str, str], bytes]:
        """What it posts when this appointment has changed."""
        return message(ref, [WEBHOOK_SECRET], self.clock())


def _always(value: object) -> Provide:
    def give() -> Any:  # noqa: ANN401 - whatever it is
        return value

    return Provide(give, sync_to_thread=False, use_cache=True)
