"""The services, questions and staff of the simulated booking business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time

    Json = dict[str, Any]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def guid(name: str) -> str:
    """The id of what is called so."""
    return str(uuid5(NAMESPACE_OID, f"msbookings/{name}"))


QUESTIONS = {
    guid(name): {
        "id": guid(name),
        "displayName": name,
        "answerInputType": "radioButton" if options else "text",
        "answerOptions": options,
    }
    for name, options in (
        ("Met wie gaat u trouwen?", []),
        ("In welke taal?", ["Nederlands", "Frans", "Engels"]),
    )
}


def services(staff: Sequence[str]) -> dict[str, Json]:
    """What the business offers, by id."""
    marriage = [
        {"questionId": known, "isRequired": required}
        for known, required in zip(QUESTIONS, (True, False), strict=True)
    ]
    listed = (
        _service("Identiteitskaart", 15, staff, maximumAttendeesCount=4),
        _service("Reispas", 15, staff),
        _service("Rijbewijs", 20, staff, preBuffer="PT5M", postBuffer="PT10M"),
        _service("Adreswijziging", 10, staff, schedulingPolicy=_policy(10, "PT1H", "P30D")),
        _service(
            "Aangifte van huwelijk",
            45,
            staff,
            customQuestions=marriage,
            defaultLocation=_place("Huis van de Burgerlijke Stand", "Grote Markt 54"),
            schedulingPolicy=_policy(None, "P1D", None) | {"generalAvailability": _mornings()},
        ),
        _service("Vergadering college", 60, ()),
        _service("Niet online", 15, staff, schedulingPolicy={"allowStaffSelection": False}),
    )
    return {service["id"]: service for service in listed}


def _service(name: str, minutes: int, staff: Sequence[str], **own: object) -> Json:
    return {
        "id": guid(name),
        "displayName": name,
        "defaultDuration": f"PT{minutes}M",
        "defaultPrice": 0.0,
        "defaultPriceType": "notSet",
        "description": f"{name}: breng uw identiteitskaart mee.",
        "languageTag": "nl-BE",
        "isHiddenFromCustomers": False,
        "isLocationOnline": False,
        "isAnonymousJoinEnabled": False,
        "smsNotificationsEnabled": False,
        "notes": None,
        "maximumAttendeesCount": 1,
        "preBuffer": "PT0S",
        "postBuffer": "PT0S",
        "staffMemberIds": list(staff),
        "schedulingPolicy": None,
        "customQuestions": [],
        "defaultLocation": _place("", ""),
        "defaultReminders": [],
        **own,
    }


def _policy(interval: int | None, lead: str, advance: str | None) -> Json:
    """A service's own rules; what it leaves out is as the business has it."""
    rules = {
        "timeSlotInterval": f"PT{interval}M" if interval else None,
        "minimumLeadTime": lead,
        "maximumAdvance": advance,
        "allowStaffSelection": True,
        "sendConfirmationsToOwner": True,
    }
    return {name: rule for name, rule in rules.items() if rule is not None}


def _mornings() -> Json:
    """Custom hours, which go on longer than the doors are open."""
    slots = [{"startTime": "10:00:00.0000000", "endTime": "20:00:00.0000000"}]
    hours = [{"day": "wednesday", "timeSlots": slots}]
    return {"availabilityType": "customWeeklyHours", "businessHours": hours}


def _place(name: str, street: str) -> Json:
    return {
        "displayName": name,
        "locationEmailAddress": None,
        "locationUri": "",
        "locationType": None,
        "uniqueId": None,
        "uniqueIdType": None,
        "address": {**address(street), "type": None},
        "coordinates": None,
    }


def address(street: str) -> Json:
    """A postal address in the town, or an empty one."""
    return {
        "street": street,
        "city": "Kortrijk" if street else "",
        "state": "",
        "countryOrRegion": "BE" if street else "",
        "postalCode": "8500" if street else "",
    }


def work_hours(days: Sequence[int], hours: Sequence[tuple[time, time]]) -> list[Json]:
    """Opening hours of every day of the week."""
    slots = [
        {"startTime": f"{opens.isoformat()}.0000000", "endTime": f"{closes.isoformat()}.0000000"}
        for opens, closes in hours
    ]
    return [
        {"day": name, "timeSlots": slots if number in days else []}
        for number, name in enumerate(DAYS)
    ]
