"""From the slots a citizen chose to the items of a visit."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.errors import SlotInPast
from contracts.models import IntakeField, Slot
from contracts.states import ItemState, Risk
from gateway.booking.conflicts import warnings
from gateway.booking.requests import DEFAULT_FIELDS, Questionnaire, told_apart
from gateway.booking.slot_ids import ChosenSlot
from gateway.booking.workflows import Parts
from gateway.catalogue import Catalogue
from gateway.ledger import AppointmentRecord, Engagement, Summary


class Choices:
    """Looks at what was chosen, and asks what is known around it."""

    def __init__(self, parts: Parts, catalogue: Catalogue) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._catalogue = catalogue

    def open(self, slot_ids: Sequence[str]) -> list[ChosenSlot]:
        """What the ids stand for.

        Raises:
            InvalidRequest, OutsideBookingWindow: a slot id that is not ours or too old.
            SlotInPast: one has begun.
        """
        chosen = [
            self._parts.slot_ids.open(slot_id, f"slots[{position}]")
            for position, slot_id in enumerate(slot_ids)
        ]
        for choice in chosen:
            refuse_past(choice.slot, self._ledger.now())
        return chosen

    async def warnings(self, citizen_key: str, chosen: Sequence[ChosenSlot]) -> tuple[Risk, ...]:
        """What the citizen has to be told of something else of theirs.

        Raises:
            CitizenTimeConflict, DuplicateBooking: a municipality refuses it.
        """
        # Told here because it is early; ``agree`` has the last word.
        wished = []
        for choice in chosen:
            source, slot = self._parts.sources[choice.source], choice.slot
            numbers = frozenset(source.number(each.product_id) for each in slot.products)
            wished.append((source.municipality, Engagement(slot.start, slot.end, numbers)))
        return warnings(wished, await self._ledger.visits.engagements(citizen_key))

    async def items(
        self,
        citizen_key: str,
        visit_id: str,
        chosen: Sequence[ChosenSlot],
        deadline: Deadline,
        language: str,
    ) -> list[AppointmentRecord]:
        """The items of a new visit. Raises ``VendorError``."""
        summaries = await asyncio.gather(
            *(self._summary(choice, deadline, language) for choice in chosen)
        )
        asked = told_apart(
            [
                Questionnaire(choice.source, summary.intake_fields)
                for choice, summary in zip(chosen, summaries, strict=True)
            ]
        )
        return [
            AppointmentRecord(
                id=str(uuid.uuid4()),
                visit_id=visit_id,
                position=position,
                citizen_key=citizen_key,
                source=choice.source,
                state=ItemState.CHOSEN,
                slot=choice.slot,
                summary=summary.model_copy(update={"intake_fields": fields}),
            )
            for position, (choice, summary, fields) in enumerate(
                zip(chosen, summaries, asked, strict=True)
            )
        ]

    async def _summary(self, choice: ChosenSlot, deadline: Deadline, language: str) -> Summary:
        source = self._parts.sources[choice.source]
        summary = await self._catalogue.summary(source, choice.slot, deadline, language)
        fields: Sequence[IntakeField] = DEFAULT_FIELDS
        if Capability.INTAKE_FIELDS in source.capabilities:
            fields = await self._catalogue.intake_fields(source, choice.slot.products, deadline)
        return summary.model_copy(update={"intake_fields": tuple(fields), "free": choice.free})


def refuse_past(slot: Slot, now: datetime) -> None:
    """Raise ``SlotInPast`` when the slot has begun."""
    if slot.start <= now:
        raise SlotInPast
