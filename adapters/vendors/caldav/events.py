"""An event in a calendar (RFC 5545): anybody's as it is read, ours as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote, urlencode
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from adapters import safe_xml
from adapters.vendors.caldav.occurrences import (
    NotUnderstood,
    Period,
    busy_periods,
    instant,
    overlaps,
)
from contracts.errors import BadAnswer
from contracts.models import ProductQuantity

UTC_FORMAT = "%Y%m%dT%H%M%SZ"
OURS = "X-AFSPRAKENPOORT-"
# Kept, for icalendar asks for it at every time it writes, and would read it from disk.
_UTC_ZONE = ZoneInfo("UTC")


class Stage(StrEnum):
    """How far an event of ours is: docs/adr/0030 says what each one protects."""

    CLAIM = "claim"
    HOLD = "hold"
    BOOKED = "booked"


@dataclass(frozen=True, slots=True)
class Ours:
    """What we write beside the times: everything needed to read an appointment back.

    ``until`` is when a claim or a hold is no longer to be respected. ``citizen`` is a
    pseudonym made for this source alone.
    """

    stage: Stage
    location: str
    products: tuple[ProductQuantity, ...]
    reference: str
    until: datetime | None = None
    citizen: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One calendar resource: an event with its repetitions.

    ``name`` is the last part of its address. ``ours`` is absent for events that people
    made. ``busy`` is when it keeps its desk busy in the window that was asked for.
    """

    name: str
    etag: str
    uid: str
    start: datetime
    end: datetime
    cancelled: bool
    ours: Ours | None
    busy: tuple[Period, ...]

    def overlaps(self, period: Period) -> bool:
        """Whether it keeps its desk busy in (a part of) ``period``, within the window."""
        return overlaps(self.busy, period)

    def is_booked_under(self, reference: str) -> bool:
        """Whether it is a booking of ours with that client reference."""
        ours = self.ours
        return ours is not None and (ours.stage, ours.reference) == (Stage.BOOKED, reference)

    def lapsed(self, now: datetime) -> bool:
        """Whether it is a claim or hold that nobody needs to respect any more."""
        return self.ours is not None and self.ours.until is not None and self.ours.until <= now


def entry(name: str, etag: str, data: bytes, window: Period, zone: ZoneInfo) -> Entry:
    """One resource, from its iCalendar text.

    Raises:
        BadAnswer: it cannot be understood; the text names the resource, not what it says.
    """
    try:
        found = Calendar.from_ical(data)
        if not isinstance(found, Calendar):
            raise BadAnswer("It did not answer with a calendar.")
        events = [part for part in found.walk("VEVENT") if isinstance(part, Event)]
        first = next((event for event in events if "RECURRENCE-ID" not in event), events[0])
        start, end = _span(first, zone)
        return Entry(
            name=name,
            etag=etag,
            uid=str(first["UID"]),
            start=start,
            end=end,
            cancelled=str(first.get("STATUS", "")).upper() == "CANCELLED",
            ours=_ours(first),
            busy=busy_periods(events, window, zone),
        )
    except NotUnderstood as error:
        raise BadAnswer(f"The event {name!r} {error}.") from None
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
        # Not with the library's own text, which repeats what stands in the event.
        raise BadAnswer(f"The event {name!r} is not as RFC 5545 has it.") from None


def _span(event: Event, zone: ZoneInfo) -> Period:
    start, end = instant(event.start, zone), instant(event.end, zone)
    if end < start:
        raise NotUnderstood("ends before it starts")
    return start, end


def _ours(event: Event) -> Ours | None:
    def text(name: str) -> str:
        return str(event.get(OURS + name, ""))

    if not text("STAGE"):
        return None
    until = text("UNTIL")
    return Ours(
        stage=Stage(text("STAGE")),
        location=unquote(text("LOCATION")),
        products=tuple(
            ProductQuantity(product_id=product, quantity=int(quantity))
            for product, quantity in parse_qsl(text("PRODUCTS"), strict_parsing=True)
        ),
        reference=text("REFERENCE"),
        until=datetime.strptime(until, UTC_FORMAT).replace(tzinfo=UTC) if until else None,
        citizen=unquote(text("CITIZEN")) or None,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the people at the counter see."""

    summary: str
    description: str = ""


def event_text(uid: str, period: Period, ours: Ours, shown: Shown, now: datetime) -> bytes:
    """The iCalendar text of an event of ours.

    Times are in UTC: that is the same instant to every server and client, needs no
    VTIMEZONE, and is the only form that can name both hours of the night in October.
    """
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("DTSTART", period[0].astimezone(UTC))
    event.add("DTEND", period[1].astimezone(UTC))
    event.add("STATUS", "CONFIRMED" if ours.stage is Stage.BOOKED else "TENTATIVE")
    event.add("TRANSP", "OPAQUE")
    event.add("SUMMARY", " ".join(safe_xml.writable(shown.summary).split()))
    if shown.description:
        event.add("DESCRIPTION", safe_xml.writable(shown.description))
    event.add(f"{OURS}STAGE", ours.stage.value)
    # Encoded as in a URL: servers treat what needs escaping in unknown properties variously.
    event.add(f"{OURS}PRODUCTS", urlencode([(p.product_id, p.quantity) for p in ours.products]))
    event.add(f"{OURS}LOCATION", quote(ours.location))
    event.add(f"{OURS}REFERENCE", ours.reference)
    if ours.until:
        event.add(f"{OURS}UNTIL", ours.until.strftime(UTC_FORMAT))
    if ours.citizen:
        event.add(f"{OURS}CITIZEN", quote(ours.citizen))
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Afsprakenpoort//NL")
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text
