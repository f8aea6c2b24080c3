"""``Idempotency-Key`` on every write: one wish is carried out once."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from gateway.idempotency import Idempotency, Use
from gateway.identity.sessions import CitizenSession

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="16 to 64 letters, digits, - and _; the same one repeats the same wish",
    ),
]


class Once:
    """One request of one citizen under one key."""

    def __init__(
        self, idempotency: Idempotency, citizen: CitizenSession, key: str | None, body: bytes
    ) -> None:
        self.citizen_key = citizen.citizen_key
        self._idempotency = idempotency
        self._key = key
        self._body = body

    def use(self, operation: str, resource: str = "") -> AbstractAsyncContextManager[Use]:
        """Carry out the operation inside; see ``Idempotency.use``."""
        return self._idempotency.use(self.citizen_key, self._key, operation, self._body, resource)


async def once(
    request: Request[Any, Any, Any],
    citizen: NamedDependency[CitizenSession],
    idempotency: NamedDependency[Idempotency],
    key: Key = None,
) -> Once:
    """The Litestar dependency."""
    return Once(idempotency, citizen, key, await request.body())
