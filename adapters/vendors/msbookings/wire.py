"""The payloads of Microsoft Graph's bookings, as they are sent.

What has no value is null or absent. Only what is used is named here: who a customer is, and
whatever Graph adds, passes unread.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Generic, TypeVar

import msgspec

T = TypeVar("T")

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_=+/-]{1,200}$")]
"""A GUID, or one of Exchange's in base 64; never a piece of a path."""

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class _Payload(msgspec.Struct, rename="camel"):
    pass


class Page(msgspec.Struct, Generic[T]):
    """A part of a collection. ``next_link`` is the whole address of the next part."""

    value: list[T]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class ErrorDetail(_Payload):
    """``code`` is often UnknownError, and the message often empty."""

    code: str


class Failure(_Payload):
    """The body of every 4xx and 5xx that is Graph's own."""

    error: ErrorDetail


class Moment(_Payload):
    """A ``dateTimeTimeZone``: local to its zone, or with an offset that says it all.

    The zone is a Windows id, the name that Windows shows for it, or an IANA name.
    """

    date_time: str
    time_zone: str | None = None


# What there is ----------------------------------------------------------------------------


class TimeSlot(_Payload):
    """From wall time to wall time; midnight at the end is that of the next day."""

    start_time: time
    end_time: time


class WorkHours(_Payload):
    """The opening hours of one day of the week (``monday``)."""

    day: str
    time_slots: list[TimeSlot] | None = None


class Availability(_Payload):
    """When a service can be booked: ``notBookable``, or ``bookWhenStaffAreFree``.

    Or in ``customWeeklyHours``, which are then in ``business_hours``.
    """

    availability_type: str = "bookWhenStaffAreFree"
    business_hours: list[WorkHours] | None = None


class AvailabilityWindow(Availability):
    """The same for some days only, first and last included."""

    start_date: date | None = None
    end_date: date | None = None


class SchedulingPolicy(_Payload):
    """How appointments are made. What a service leaves empty is as its business has it."""

    allow_staff_selection: bool | None = None
    time_slot_interval: timedelta | None = None
    minimum_lead_time: timedelta | None = None
    maximum_advance: timedelta | None = None
    general_availability: Availability | None = None
    custom_availabilities: list[AvailabilityWindow] | None = None


class PhysicalAddress(_Payload):
    """``street`` has the house number in it."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country_or_region: str | None = None


class Place(_Payload):
    """A ``location``: text, not an entity."""

    display_name: str | None = None
    address: PhysicalAddress | None = None


class Business(_Payload):
    """A booking business, as a whole."""

    display_name: str
    phone: str | None = None
    address: PhysicalAddress | None = None
    business_hours: list[WorkHours] | None = None
    scheduling_policy: SchedulingPolicy | None = None


class QuestionAssignment(_Payload):
    """That a service asks a question."""

    question_id: Id
    is_required: bool = False


class Service(_Payload):
    """What can be booked. ``maximum_attendees_count`` customers share one appointment."""

    id: Id
    display_name: str
    default_duration: timedelta
    description: str | None = None
    default_location: Place | None = None
    maximum_attendees_count: int = 1
    pre_buffer: timedelta = timedelta(0)
    post_buffer: timedelta = timedelta(0)
    scheduling_policy: SchedulingPolicy | None = None
    staff_member_ids: list[Id] | None = None
    custom_questions: list[QuestionAssignment] | None = None


class Question(_Payload):
    """``answer_input_type`` is ``text`` or ``radioButton``."""

    id: Id
    display_name: str
    answer_input_type: str = "text"
    answer_options: list[str] | None = None


# What is free and what is booked -----------------------------------------------------------


class AvailabilityItem(_Payload):
    """A window of one member of staff.

    The status is ``available``, ``busy``, ``slotsAvailable`` or ``outOfOffice``; the
    documentation writes it with a capital, and ``slotAvailable``.
    """

    status: str
    start_date_time: Moment
    end_date_time: Moment


class StaffAvailability(_Payload):
    """The windows of one member of staff."""

    staff_id: Id
    availability_items: list[AvailabilityItem] = []


class StaffAvailabilities(msgspec.Struct):
    """``value`` as the metadata has it, ``staffAvailabilityItem`` as the documentation has it."""

    value: list[StaffAvailability] | None = None
    staff_availability_item: list[StaffAvailability] | None = msgspec.field(
        default=None, name="staffAvailabilityItem"
    )


class Appointment(_Payload):
    """What is booked. ``service_notes`` is for staff, and null when it stands in a list."""

    id: Id
    start_date_time: Moment
    end_date_time: Moment
    service_id: str | None = None
    staff_member_ids: list[str] | None = None
    pre_buffer: timedelta = timedelta(0)
    post_buffer: timedelta = timedelta(0)
    filled_attendees_count: int = 1
    created_date_time: Aware | None = None
    service_notes: str | None = None


class Customer(_Payload):
    """Somebody in the customer list of the business."""

    id: Id
