"""The payloads of JCC-Afspraken's WARP v1, as they are sent.

What has no value is absent, never null. Durations are in seconds, times are naive and local.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Naive = Annotated[datetime, msgspec.Meta(tz=False)]

Rules = dict[str, bool | int]
"""``customer/customerfields/required``: 0 visible, 1 hidden, 2 required; absent is visible."""

INTERNAL_EXCEPTION = "http://www.jccsoftware.nl/rfc7807/internal-exception"
"""The ``type`` of HTTP 500: bad input of any kind, or a fault of the vendor's own."""


class _Payload(msgspec.Struct, rename="camel"):
    pass


class Activity(_Payload):
    """A product. ``max_count_for_event`` 0 is no limit; ``necessities`` is HTML."""

    id: str
    appointment_duration: int
    description: str = ""
    necessities: str = ""
    max_count_for_event: int = 0


class Country(_Payload):
    """Of an address."""

    iso_code: str = ""


class Address(_Payload):
    """Of a location."""

    street_name: str = ""
    house_number: str = ""
    house_number_suffix: str = ""
    postal_code: str = ""
    city: str = ""
    country: Country | None = None


class Number(_Payload):
    """A telephone number."""

    value: str = ""


class PhoneNumber(_Payload):
    """One of a location's telephone numbers."""

    phone_number: Number | None = None


class Location(_Payload):
    """A place with counters."""

    id: str
    description: str = ""
    is_active: bool = True
    address: Address | None = None
    phone_number_list: list[PhoneNumber] = []


class DateRange(_Payload):
    """The first and last day on which appointments can be made."""

    min_date: Naive
    max_date: Naive


class AvailableTimes(_Payload):
    """Starts, and how long an appointment takes from each of them."""

    available_times_list: list[Naive]
    appointment_duration: int


class Chosen(_Payload):
    """An activity in an appointment."""

    amount: int
    activity: Activity


class Place(_Payload):
    """Where an appointment is."""

    id: str


class Appointment(_Payload):
    """What is booked."""

    id: str
    start_date_time: Naive
    end_date_time: Naive
    activity_list: list[Chosen]
    location: Place


class Acknowledgement(_Payload):
    """The answer to a write: HTTP 200 also when it was refused.

    ``acknowledge_is_success`` is always there after a booking, never after a cancellation.
    """

    id: str = ""
    acknowledge_is_success: bool | None = None
    code: int | str = ""
    validate_errors: list[str] = []


class Problem(_Payload):
    """The body of HTTP 500."""

    type: str = ""
