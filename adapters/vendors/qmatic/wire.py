"""The payloads of Qmatic Orchestra's Calendar public API, v1 and v2, as they are sent.

What has no value is null. Durations are in minutes, ``created`` is in milliseconds. A time of
day is local to its branch; an instant says its offset without a colon.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A time of day, ``HH:MM``."""

RESERVED, BOOKED = 10, 20
"""``status`` of an appointment; what comes after it was booked (arrived, …) is higher."""

TAKEN = "E440"
"""The ``error_code`` of a time that somebody else has."""

NOBODY = "identified 0 customers"
"""In the ``msg`` of the 404 for an external id that no customer has."""


class _Payload(msgspec.Struct, rename="camel"):
    pass


class Meta(_Payload):
    """Beside every list; ``total_results`` is how long the whole list is."""

    total_results: int = 0


class Custom(_Payload):
    """What Qmatic's own booking page keeps of a service: JSON in the string ``custom``."""

    cancel_enabled: bool | None = None
    info_text: str | None = None


class Service(_Payload):
    """A product. Each further customer takes ``additional_customer_duration``."""

    public_id: str
    name: str
    duration: float
    additional_customer_duration: float = 0
    active: bool = True
    public_enabled: bool = True
    custom: str | None = None


class Services(_Payload):
    """``services`` and ``branches/{id}/services``."""

    service_list: list[Service]
    meta: Meta


class Branch(_Payload):
    """A location; a virtual one has no ``address_zip``. Slots are in ``time_zone``."""

    public_id: str
    name: str
    time_zone: str | None = None
    phone: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_zip: str | None = None
    address_city: str | None = None


class Branches(_Payload):
    """``branches`` and ``services/{id}/branches``."""

    branch_list: list[Branch]
    meta: Meta


class Grouped(_Payload):
    """A service in a group."""

    public_id: str


class Group(_Payload):
    """Services that go together, at one branch."""

    services: list[Grouped]


class BranchGroups(_Payload):
    """One branch of v1's ``services/groups``; v2's gives the groups of one branch."""

    branch_public_id: str
    service_groups: list[Group]


class Dates(_Payload):
    """Days with a free time."""

    dates: list[Annotated[datetime, msgspec.Meta(tz=False)]]
    meta: Meta


class Times(_Payload):
    """Free times of a day."""

    times: list[Clock]
    meta: Meta


class FreeTime(NamedTuple):
    """Where a free time stands in the vendor's paths, in its own writing."""

    branch: str
    date: str
    time: str


class Customer(_Payload):
    """Whoever comes; only that there is one matters here."""

    public_id: str = ""


class Reservation(_Payload):
    """The answer to ``reserve``."""

    public_id: str


class Appointment(_Payload):
    """What is booked, or reserved (then nobody comes yet)."""

    public_id: str
    status: int
    start: str
    end: str
    created: int
    branch: Branch
    services: list[Service]
    customers: list[Customer] | None = None
    number_of_customers: int | None = None
    notes: str | None = None


class OneAppointment(_Payload):
    """``appointments/{id}``."""

    appointment: Appointment


class Appointments(_Payload):
    """``customers/…/appointments``."""

    appointment_list: list[Appointment]
    meta: Meta


class Message(_Payload):
    """The body of a 404."""

    msg: str
