"""The demo's first citizen has an appointment wherever one can be booked."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import structlog

from contracts.api import ConfirmVisit, Contact, CreateVisit, SlotsQuery
from contracts.errors import BookingError, CitizenTimeConflict
from contracts.models import Gender, Person, ProductQuantity
from gateway.app import Gateway
from gateway.sources import Source

log = structlog.get_logger()


async def seed(gateway: Gateway, citizen_key: str, given_name: str, family_name: str) -> None:
    """Book one appointment at every source, as the widget would; a day apart."""
    booker = complete_person(given_name, family_name, "demo@example.org")
    for day, source in enumerate(gateway.sources, start=4):
        try:
            await _book(gateway, citizen_key, source, day, booker)
        except BookingError as error:
            log.warning("demo not seeded", source=source.id, code=error.code)


def complete_person(given_name: str, family_name: str, email: str) -> Person:
    """Somebody of whom everything is known, so that whatever a source asks is there."""
    return Person(
        given_name=given_name,
        family_name=family_name,
        initials=given_name[0],
        email=email,
        phone="0470000000",
        mobile_phone="0470000000",
        birth_date=date(1985, 7, 30),
        gender=Gender.FEMALE,
        nationality="BE",
        street="Teststraat",
        house_number="1",
        postal_code="9300",
        city="Aalst",
        country="BE",
    )


async def _book(
    gateway: Gateway, citizen_key: str, source: Source, day: int, booker: Person
) -> None:
    today = gateway.parts.ledger.now().astimezone(source.zone).date()
    number = next(iter(source.products))
    offered = await gateway.catalogue.slots(
        SlotsQuery(
            municipality_id=source.municipality_id,
            products=(ProductQuantity(product_id=number),),
            first_day=today + timedelta(days=day),
            last_day=today + timedelta(days=day + 7),
        )
    )
    for slot in offered.items:
        if gateway.parts.slot_ids.open(slot.slot_id, "slotId").source != source.id:
            continue
        try:
            made = await gateway.visits.create(
                citizen_key, str(uuid.uuid4()), CreateVisit(slots=(slot.slot_id,)), "nl"
            )
        except CitizenTimeConflict:
            continue  # she has another appointment then: the next time will do
        break
    else:
        log.warning("demo has no slot", source=source.id)
        return
    asked = (field.name for item in made.visit.items for field in item.intake_fields)
    questions = [name.removeprefix("answers.") for name in asked if name.startswith("answers.")]
    contact = Contact(booker=booker, answers=dict.fromkeys(questions, "Demo"))
    await gateway.visits.confirm(
        citizen_key,
        made.visit.id,
        ConfirmVisit(contact=contact, guarantee=made.visit.guarantee),
        "nl",
    )
