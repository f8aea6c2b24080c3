"""What the simulated Orchestra offers, as its API shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    Json = dict[str, Any]
    Matrix = dict[str, list[str]]


@dataclass(frozen=True)
class Service:
    """What can be come for. Services of one ``group`` go together; durations in minutes."""

    name: str
    duration: int
    additional: int
    group: str
    info: str = ""
    cancel_enabled: bool = True
    public: bool = True


@dataclass(frozen=True)
class Branch:
    """A place, or without a postal code a virtual one."""

    name: str
    lines: tuple[str | None, str | None]
    postal_code: str | None
    phone: str | None = None


SERVICES = {
    "Identiteitskaart": Service("Identiteitskaart", 10, 5, "documents", "Breng uw eID mee."),
    "Reispas": Service("Reispas", 15, 10, "documents"),
    "Kids_ID": Service("Kids-ID", 10, 5, "documents"),
    "Rijbewijs": Service("Rijbewijs", 5, 5, "documents"),
    "Adreswijziging": Service("Adreswijziging", 10, 0, "moving"),
    "Aangifte_huwelijk": Service("Huwelijk aangeven", 45, 0, "marrying", cancel_enabled=False),
    "Balie_intern": Service("Balie (intern)", 5, 0, "internal", public=False),
}
BRANCHES = {
    sha256(branch.name.encode()).hexdigest(): branch
    for branch in (
        Branch("AC Zuid", ("Woodrow Wilsonplein 1", None), "9000", "09 000 00 00"),
        Branch("Gentbrugge", ("Dienstencentrum", "Braemkasteelstraat 29"), "9050"),
        Branch("Videobellen", (None, None), None),
    )
}


class Refused(Exception):
    """An answer that is none: its status, and what stands in the headers."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


TAKEN = "E440"
REFUSED, UNKNOWN = "E400", "E404"  # made up: of the real codes only E440 is known


def service(known: str) -> Json:
    """A service in a list or in an appointment."""
    if known not in SERVICES:
        raise Refused(404, UNKNOWN, "The service was not found.")
    return grouped(known) | {
        "active": True,
        "publicEnabled": SERVICES[known].public,
        "created": 1448449772835,
        "updated": 1688460228939,
    }


def grouped(known: str) -> Json:
    """A service as it stands in a group."""
    chosen = SERVICES[known]
    custom = {
        "rescheduleEnabled": True,
        "cancelEnabled": chosen.cancel_enabled,
        "emails": "",
        "hisId": "",
        "notesFieldEnabled": False,
        "infoText": chosen.info,
        "servicenametranslations": [],
    }
    return {
        "publicId": known,
        "name": chosen.name,
        "duration": chosen.duration,
        "additionalCustomerDuration": chosen.additional,
        "custom": json.dumps(custom),
    }


def groups(services: Sequence[str]) -> list[Json]:
    """The one group in which all of these are, if there is one."""
    names = {SERVICES[service(known)["publicId"]].group for known in services}
    together = [grouped(known) for known in SERVICES if {SERVICES[known].group} == names]
    return [{"services": together}] if together else []


def branch_groups(known: str, services: Sequence[str]) -> Json:
    """A branch with its groups, as v1 lists them."""
    return {
        "branchPublicId": known,
        "branchName": BRANCHES[known].name,
        "serviceGroups": groups(services),
    }


def branch(known: str, zone: str, full_zone: str) -> Json:
    """A branch in a list or in an appointment."""
    if known not in BRANCHES:
        raise Refused(404, UNKNOWN, "The branch was not found.")
    place = BRANCHES[known]
    line1, line2 = place.lines
    return {
        "publicId": known,
        "name": place.name,
        "timeZone": zone,
        "fullTimeZone": full_zone,
        "addressLine1": line1,
        "addressLine2": line2,
        "addressZip": place.postal_code,
        "addressCity": "Gent",
        "addressState": None,
        "addressCountry": None,
        "phone": place.phone,
        "email": None,
        "latitude": None,
        "longitude": None,
        "branchPrefix": None,
        "custom": None,
        "created": 1445417803528,
        "updated": 1534410592257,
    }


_CUSTOMER = """firstName lastName email phone addressLine1 addressLine2 addressZip addressCity
addressState addressCountry identificationNumber externalId dateOfBirth dateOfBirthWithoutTime
consentTimestamp consentIdentifier deletionTimestamp custom updated"""


def customer(known: str, given: Json, zone: str, now: datetime) -> Json:
    """A customer in an appointment: a date of birth comes in as ISO and goes out as an epoch."""
    born = given.get("dateOfBirth")
    if born:
        midnight = datetime.combine(date.fromisoformat(born), time(), ZoneInfo(zone))
        given = given | {"dateOfBirth": milliseconds(midnight)}
    name = " ".join(given.get(part) or "null" for part in ("firstName", "lastName"))
    made = {"publicId": known, "name": name, "retentionPolicy": "default"}
    times = {"created": milliseconds(now), "lastInteractionTimestamp": utc(now)}
    return {**dict.fromkeys(_CUSTOMER.split()), **given, **made, **times}


def length(services: Sequence[str], people: int) -> timedelta:
    """How long these take for so many people, everybody for everything."""
    chosen = [SERVICES[known] for known in services]
    return timedelta(minutes=sum(s.duration + s.additional * (people - 1) for s in chosen))


def listed(name: str, items: list[Any], matrix: Matrix | None = None) -> Json:
    """A list in its wrapping, which repeats the parameters."""
    arguments = {key: f"[{', '.join(values)}]" for key, values in (matrix or {}).items()}
    return {name: items, "meta": _meta(len(items), arguments), "notifications": []}


def one(name: str, item: Json) -> Json:
    """A single thing in the same wrapping."""
    return {name: item, "meta": _meta(1, {}), "notifications": []}


def _meta(total: int, arguments: dict[str, str]) -> Json:
    return {
        "start": "",
        "end": "",
        "totalResults": total,
        "offset": None,
        "limit": None,
        "fields": "",
        "arguments": arguments,
    }


def milliseconds(instant: datetime) -> int:
    """Since the epoch."""
    return int(instant.timestamp() * 1000)


def utc(instant: datetime) -> str:
    """With an offset that has no colon."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
