"""The city that the simulated ZMS serves, in the shapes of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.vendors.zms.simulator import Process

    Json = dict[str, Any]

SLOT_MINUTES = 5
RESERVATION_MINUTES, ACTIVATION_MINUTES = 15, 30


@dataclass(frozen=True)
class Office:
    """A place. Without ``bookable`` it has no scope; ``text`` is a question of its own."""

    name: str
    bookable: bool = True
    text: str = ""
    telephone: bool = False
    captcha: bool = False
    per_mail: int = 0


@dataclass(frozen=True)
class Service:
    """What can be come for: how many slots for one, and what goes with it."""

    name: str
    slots: int
    most: int
    partners: tuple[int, ...] = ()
    offices: tuple[int, ...] = (10489, 10502)


EID, PASSPORT, KIDS, MOVING, WEDDING, PLANS = 1063441, 1063453, 1063460, 1063475, 1063480, 4
OFFICES = {
    10489: Office("Stadskantoor", text="Nummer van uw oude document", telephone=True),
    10502: Office("Dienstencentrum Kessel-Lo", text="Nummer van uw oude document", per_mail=3),
    10510: Office("Trouwzaal", captcha=True),
    4: Office("Planbespreking", bookable=False),
}
SERVICES = {
    EID: Service("Identiteitskaart", 2, 3, (PASSPORT, EID, KIDS)),
    PASSPORT: Service("Reispas ", 2, 3, (PASSPORT, EID)),
    KIDS: Service("Kids-ID", 2, 5, (KIDS, EID)),
    MOVING: Service("Adreswijziging", 3, 1, (MOVING,), (10489,)),
    WEDDING: Service("Huwelijk aangeven", 9, 1, (), (10510,)),
    PLANS: Service("Planbespreking", 6, 1, (), (4,)),
}


def catalogue() -> Json:
    """``offices-and-services/``; an empty object is a list, and what has no scope has null."""
    return {
        "offices": [_office(number) for number in OFFICES],
        "services": [_service(number) for number in SERVICES],
        "relations": [
            {
                "officeId": office,
                "serviceId": number,
                "slots": service.slots,
                "public": True,
                "maxQuantity": service.most if service.most > 1 else 0,
            }
            for number, service in SERVICES.items()
            for office in service.offices
        ],
    }


def _office(number: int) -> Json:
    office = OFFICES[number]
    return {
        "id": number,
        "name": office.name,
        "address": {
            "street": "Professor Van Overstraetenplein",
            "house_number": "1",
            "postal_code": "3000",
            "city": "Leuven",
            "hint": False,
        },
        "showAlternativeLocations": True,
        "displayNameAlternatives": [],
        "organization": "Stad Leuven",
        "organizationUnit": "",
        "slotTimeInMinutes": SLOT_MINUTES,
        "geo": {"lat": "50.88", "lon": "4.70"},
        "disabledByServices": [],
        "priority": 1,
        "scope": scope(number) if office.bookable else None,
        "slotsPerAppointment": None,
        "parentId": None,
        "allowDisabledServicesMix": None,
        "sharedBookingOfficeIds": None,
    }


def _service(number: int) -> Json:
    service = SERVICES[number]
    return {
        "id": number,
        "name": service.name,
        "maxQuantity": service.most,
        "combinable": {
            str(place): {str(other): list(service.offices)}
            for place, other in enumerate(service.partners, start=1)
        }
        or [],
        "parentId": None,
        "variantId": None,
        "rootParentId": number,
        "showOnStartPage": True,
    }


def scope(number: int) -> Json:
    """The rules of an office."""
    office = OFFICES[number]
    return {
        "id": number % 1000,
        "provider": _provider(number, office.name),
        "shortName": "",
        "emailFrom": "afspraken@example.org",
        "emailRequired": True,
        "telephoneActivated": office.telephone,
        "telephoneRequired": False,
        "customTextfieldActivated": bool(office.text),
        "customTextfieldRequired": bool(office.text),
        "customTextfieldLabel": office.text,
        "customTextfield2Activated": bool(office.text),
        "customTextfield2Required": False,
        "customTextfield2Label": "",
        "captchaActivatedRequired": office.captcha,
        "infoForAppointment": "",
        "infoForAllAppointments": "",
        "slotsPerAppointment": None,
        "appointmentsPerMail": str(office.per_mail) if office.per_mail else None,
        "whitelistedMails": None,
        "reservationDuration": RESERVATION_MINUTES,
        "activationDuration": ACTIVATION_MINUTES,
        "hint": None,
    }


def _provider(number: int, name: str) -> Json:
    return {
        "id": number,
        "name": name,
        "displayName": name,
        "lat": 50.88,
        "lon": 4.7,
        "source": "dldb",
        "contact": {
            "city": "Leuven",
            "country": "Belgium",
            "name": name,
            "postalCode": "3000",
            "region": "",
            "street": "Professor Van Overstraetenplein",
            "streetNumber": "1",
        },
    }


def process(found: Process, *, gone: bool) -> Json:
    """An appointment; a cancelled one no longer says where it was."""
    (main, count), *others = found.services
    where = scope(found.office) | {"whitelistedMails": ""}
    if gone:
        kept = {"id": where["id"], "shortName": "", "emailFrom": "", "whitelistedMails": ""}
        nowhere = _provider(0, "") | {"displayName": None, "lat": None, "lon": None}
        where = dict.fromkeys(where) | kept | {"provider": nowhere | {"contact": None}}
    texts = ("familyName", "customTextfield", "customTextfield2", "email", "telephone")
    return {
        "processId": found.number,
        "timestamp": str(int(found.start.timestamp())),
        "authKey": found.key,
        **{name: found.contact.get(name, "") for name in texts},
        "officeName": None if gone else OFFICES[found.office].name,
        "officeId": 0 if gone else found.office,
        "scope": where,
        "subRequestCounts": [
            {"id": other, "name": SERVICES[other].name, "count": number} for other, number in others
        ],
        "serviceId": main,
        "serviceName": SERVICES[main].name,
        "serviceCount": count,
        "status": found.status,
        "captchaToken": "",
        "slotCount": found.units,
        "displayNumber": str(found.number),
        "icsContent": None if gone else "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR",
    }


def units(office: int, services: Sequence[int], counts: Sequence[int]) -> int:
    """How many slots they take in a row."""
    return sum(
        SERVICES[service].slots * count
        for service, count in zip(services, counts, strict=True)
        if office in SERVICES[service].offices
    )
