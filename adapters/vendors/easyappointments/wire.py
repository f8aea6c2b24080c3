"""The payloads of Easy!Appointments' REST API v1, as they are sent.

Times are naive: those of an appointment are meant in the zone of its provider. What has no
value is null. Only what is used is named here; the rest passes unread.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Naive = Annotated[datetime, msgspec.Meta(tz=False)]

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A start in an availability: ``09:00``."""

Id = Annotated[int, msgspec.Meta(ge=1)]


class _Payload(msgspec.Struct, rename="camel"):
    pass


class Service(_Payload):
    """What can be booked. ``duration`` is in minutes.

    ``attendants_number`` is how many may share one time at one provider.
    """

    id: Id
    name: str
    duration: Annotated[int, msgspec.Meta(ge=1, le=525_600)]
    attendants_number: Annotated[int, msgspec.Meta(ge=1)] = 1
    description: str | None = None
    location: str | None = None


class Provider(_Payload):
    """Who handles services: a person, or a counter."""

    id: Id
    services: list[Id]
    timezone: str | None = None
    is_private: bool = False


class Customer(_Payload):
    """Somebody with an e-mail address of their own."""

    id: Id
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Appointment(_Payload):
    """What is booked. ``book`` is when that was done and never changes."""

    id: Id
    book: Annotated[str, msgspec.Meta(max_length=40)]
    start: Naive
    end: Naive
    notes: str | None = None
    customer_id: Id | None = None
    provider_id: Id | None = None
    service_id: Id | None = None


class Refusal(_Payload):
    """The body of HTTP 500: bad input of any kind, or a fault. ``message`` quotes the input."""

    message: str


class NotifiedAppointment(msgspec.Struct):
    """An appointment as webhooks tell it, in the words of the database."""

    id: Id
    book_datetime: Annotated[str, msgspec.Meta(max_length=40)]


class Notified(msgspec.Struct):
    """The body of a webhook; ``payload`` is an appointment where ``action`` says so."""

    action: str
    payload: msgspec.Raw
