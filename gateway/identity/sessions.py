"""Remembering who is logged in, on the server, for as long as they use it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr

from gateway.identity.pseudonyms import Derive
from gateway.identity.session_stores import SessionStore
from gateway.identity.settings import IdentitySettings
from gateway.sealing import Seal, SealBroken, SealExpired


class Citizen(BaseModel):
    """Somebody who has just proved who they are: a key, and no more claims than are used."""

    model_config = ConfigDict(frozen=True)

    citizen_key: str
    given_name: str | None = None
    family_name: str | None = None
    national_number: SecretStr | None = None
    acr: str | None = None

    def __repr__(self) -> str:
        """Tell who by the key alone: a repr ends up in logs."""
        return f"{type(self).__name__}({self.citizen_key!r})"

    __str__ = __repr__


class CitizenSession(Citizen):
    """A citizen who is logged in.

    ``csrf_token`` proves that a write comes from a page that may read the session.
    ``expires_at`` is when the session ends if it is not used again.
    """

    csrf_token: str
    expires_at: AwareDatetime


class _Record(BaseModel):
    """A session as it lies in the store: the one place where its secrets are written out."""

    citizen_key: str
    given_name: str | None
    family_name: str | None
    national_number: str | None
    acr: str | None
    csrf_token: str
    ends_at: AwareDatetime


class Sessions:
    """Sessions under 256-bit random ids.

    The store gets the hash of an id and a sealed record. The record's key is made of ours and
    the id: a stolen store opens no session, not even with our key.
    """

    def __init__(
        self,
        settings: IdentitySettings,
        store: SessionStore,
        derive: Derive,
        now: Callable[[], datetime],
    ) -> None:
        self._idle = settings.idle_lifetime
        self._absolute = settings.absolute_lifetime
        self._store = store
        self._key = derive("sessions")
        self._person = derive("person")
        self._now = now

    async def begin(self, citizen: Citizen) -> str:
        """Start a session under a new id, which only the citizen's browser may know."""
        session_id = secrets.token_urlsafe(32)
        number = citizen.national_number
        ends_at = self._now() + self._absolute
        record = _Record(
            **citizen.model_dump(exclude={"national_number"}),
            national_number=number.get_secret_value() if number else None,
            csrf_token=secrets.token_urlsafe(32),
            ends_at=ends_at,
        )
        sealed = self._seal(session_id).seal_model(record, ends_at)
        await self._store.put(_hash(session_id), sealed, self._idle)
        return session_id

    async def find(self, session_id: str | None) -> CitizenSession | None:
        """The session, which lives on by being found; ``None`` if it ended or never was."""
        if not session_id:
            return None
        sealed = await self._store.get(_hash(session_id), self._idle)
        if sealed is None:
            return None
        try:
            record = self._seal(session_id).open_model(sealed, _Record)
        except (SealBroken, SealExpired):
            await self.end(session_id)
            return None
        expires_at = min(self._now() + self._idle, record.ends_at)
        return CitizenSession(**record.model_dump(exclude={"ends_at"}), expires_at=expires_at)

    async def end(self, session_id: str | None) -> None:
        """End the session on the server, whatever the browser still keeps."""
        if session_id:
            await self._store.delete(_hash(session_id))

    def person(self, citizen: Citizen) -> str:
        """A word for this citizen that is used for nothing else, the same at each login."""
        return hmac.digest(self._person, citizen.citizen_key.encode(), "sha256")[:16].hex()

    def _seal(self, session_id: str) -> Seal:
        key = hmac.digest(self._key, session_id.encode(), "sha256")
        return Seal(key, "session", self._now)


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
