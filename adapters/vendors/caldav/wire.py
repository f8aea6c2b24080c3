"""The protocol verbatim: what CalDAV is asked (RFC 4791), and how WebDAV answers (RFC 4918)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from lxml import etree

from adapters import safe_xml
from adapters.vendors.caldav.events import OURS, UTC_FORMAT, Entry, entry
from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from adapters.vendors.caldav.occurrences import Period
    from contracts.deadline import Deadline

CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
XML = {"Content-Type": "application/xml; charset=utf-8"}

_D = "{DAV:}"
_C = "{urn:ietf:params:xml:ns:caldav}"
_PREFIXES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav"}


# Asking -----------------------------------------------------------------------------------


def events_query(window: Period | None, having: tuple[str, str] | None = None) -> bytes:
    """A REPORT for the events that touch a window, or for those with a property like that."""
    query = etree.Element(f"{_C}calendar-query", nsmap=_PREFIXES)
    wanted = etree.SubElement(query, f"{_D}prop")
    etree.SubElement(wanted, f"{_D}getetag")
    etree.SubElement(wanted, f"{_C}calendar-data")
    calendars = etree.SubElement(etree.SubElement(query, f"{_C}filter"), f"{_C}comp-filter")
    calendars.set("name", "VCALENDAR")
    events = etree.SubElement(calendars, f"{_C}comp-filter", name="VEVENT")
    if window:
        start, end = (moment.strftime(UTC_FORMAT) for moment in window)
        etree.SubElement(events, f"{_C}time-range", start=start, end=end)
    if having:
        name, value = having
        text = etree.SubElement(
            etree.SubElement(events, f"{_C}prop-filter", name=name),
            f"{_C}text-match",
            collation="i;octet",
        )
        text.text = value
    return etree.tostring(query, xml_declaration=True, encoding="utf-8")


def ours(name: str, value: str) -> tuple[str, str]:
    """For ``events_query``: a property that only events of ours have, as ``events`` writes it."""
    return f"{OURS}{name}", quote(value)


def kind_query() -> bytes:
    """A PROPFIND that asks what a resource is."""
    query = etree.Element(f"{_D}propfind", nsmap=_PREFIXES)
    etree.SubElement(etree.SubElement(query, f"{_D}prop"), f"{_D}resourcetype")
    return etree.tostring(query, xml_declaration=True, encoding="utf-8")


# Reading ----------------------------------------------------------------------------------


def multistatus(body: bytes) -> etree._Element:
    """The root of a multistatus answer. Raises ``BadAnswer`` when it is anything else."""
    root = safe_xml.parse(body)
    if root.tag != f"{_D}multistatus":
        raise BadAnswer("It did not answer with a WebDAV multistatus.")
    return root


def is_calendar(body: bytes) -> bool:
    """Whether the answer to ``kind_query`` says so."""
    return multistatus(body).find(f".//{_D}resourcetype/{_C}calendar") is not None


def entries(body: bytes, window: Period, zone: ZoneInfo, deadline: Deadline) -> list[Entry]:
    """The events in the answer to ``events_query``.

    Raises:
        BadAnswer: not a multistatus, incomplete, or an event that cannot be understood: left
            out, it would be a double booking.
        VendorUnavailable: there are too many to understand before the deadline.
    """
    found = []
    for name, etag, data in _resources(multistatus(body)):
        deadline.check()
        found.append(entry(name, etag, data.encode(), window, zone))
    return found


def _resources(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    for response in root.iterfind(f"{_D}response"):
        href = response.findtext(f"{_D}href", "").strip()
        etag = data = None
        for part in response.iterfind(f"{_D}propstat"):
            if " 200" in part.findtext(f"{_D}status", ""):
                etag = part.findtext(f"{_D}prop/{_D}getetag", etag)
                data = part.findtext(f"{_D}prop/{_C}calendar-data", data)
        if not href or not etag or not data:
            raise BadAnswer("Its list of events is not complete.")
        yield name_of(href), etag.strip(), data


def name_of(href: str) -> str:
    """The last part of a resource's address."""
    return unquote(href.rsplit("/", 1)[-1])
