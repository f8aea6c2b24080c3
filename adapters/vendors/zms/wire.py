"""The payloads of ZMS's citizen API, as they are sent.

It is written in PHP: an empty object comes as ``[]``, an id or a moment as a number in one
answer and as text in the next, and most things can be null. Moments are seconds since 1970.
"""

from __future__ import annotations

from datetime import date

import msgspec

Number = int | str
"""Digits, quoted or not."""

RESERVED, PRECONFIRMED, CONFIRMED = "reserved", "preconfirmed", "confirmed"


class _Payload(msgspec.Struct, rename="camel"):
    pass


class Error(_Payload):
    """One reason of a refusal; its own ``statusCode`` need not be that of the answer."""

    error_code: str


class Errors(_Payload):
    """The body of an answer that is not 200."""

    errors: list[Error]


class Address(msgspec.Struct):
    """Of an office; its names are the only ones with underscores."""

    street: str | None = None
    house_number: str | None = None
    postal_code: str | None = None
    city: str | None = None


class Scope(_Payload):
    """How an office takes appointments. ``reservation_duration`` is in minutes."""

    email_required: bool | None = None
    telephone_activated: bool | None = None
    telephone_required: bool | None = None
    custom_textfield_activated: bool | None = None
    custom_textfield_required: bool | None = None
    custom_textfield_label: str | None = None
    custom_textfield2_activated: bool | None = None
    custom_textfield2_required: bool | None = None
    custom_textfield2_label: str | None = None
    captcha_activated_required: bool | None = None
    reservation_duration: int | None = None


class Office(_Payload):
    """A place with counters; without a scope it takes no appointments."""

    id: int
    name: str | None = None
    address: Address | list[object] | None = None
    slot_time_in_minutes: int | None = None
    slots_per_appointment: Number | None = None
    disabled_by_services: list[Number] | None = None
    scope: Scope | list[object] | None = None


class Service(_Payload):
    """What can be come for.

    ``combinable`` has, below numbers that give the order on a screen, each service that goes
    with this one and the offices where it does.
    """

    id: int
    name: str | None = None
    max_quantity: int | None = None
    combinable: dict[str, dict[str, list[int]] | list[object]] | list[object] | None = None
    public: bool | None = None


class Relation(_Payload):
    """An office does a service, in this many slots for one; 0 and null are no maximum."""

    office_id: int
    service_id: int
    slots: int | None = None
    max_quantity: int | None = None
    public: bool | None = None


class OfficesAndServices(_Payload):
    """``offices-and-services``: the whole catalogue."""

    offices: list[Office]
    services: list[Service]
    relations: list[Relation]


class OfficeTimes(_Payload):
    """When an appointment can begin on one day at one office."""

    office_id: Number
    appointments: list[int] | None = None


class Day(_Payload):
    """A day with free time. ``offices`` is empty unless the day's times were asked for."""

    date: date
    offices: list[OfficeTimes] | None = None


class Calendar(_Payload):
    """``available-calendar``."""

    available_days: list[Day]


class Counted(_Payload):
    """A further service of an appointment."""

    id: int
    count: int


class Process(_Payload):
    """An appointment, from its reservation on."""

    process_id: int
    auth_key: str
    status: str
    timestamp: Number
    office_id: int | None = None
    service_id: int | None = None
    service_count: int | None = None
    sub_request_counts: list[Counted] | None = None
    slot_count: int | None = None
    scope: Scope | list[object] | None = None
