"""Between rows and records: sealing on the way in, unsealing on the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import JsonValue, RootModel
from sqlalchemy import RowMapping

from contracts.api import Sync
from contracts.errors import Outcome
from contracts.models import AppointmentRef, Hold, Slot
from contracts.states import (
    CancelledBy,
    Guarantee,
    ItemState,
    Operation,
    PendingOutcome,
    Policy,
    Risk,
    VisitState,
)
from gateway.ledger.records import (
    AppointmentRecord,
    Attempt,
    PendingWrite,
    Refusal,
    Summary,
    VisitRecord,
)
from gateway.sealing import Seal

_SPREAD: Mapping[str, tuple[str, ...]] = {
    "ref": ("vendor_ref", "vendor_state"),
    "hold": ("hold", "held_until"),
    "pending": ("pending_operation", "pending_since", "pending_outcome", "pending_workflow"),
}
"""Fields that take several columns."""


class VendorState(RootModel[dict[str, JsonValue]]):
    """An adapter's opaque state, as it lies sealed in the ledger."""


class Rows:
    """Turns records into column values and back, under the ledger's own seals."""

    def __init__(self, seal_for: Callable[[str], Seal]) -> None:
        self.slot = seal_for("ledger/slot")
        self.vendor_state = seal_for("ledger/vendor-state")
        self.hold = seal_for("ledger/hold")
        self.contact = seal_for("ledger/contact")

    def columns(self, changes: Mapping[str, object]) -> dict[str, Any]:
        """Column values for fields of ``AppointmentRecord``."""
        values: dict[str, Any] = {}
        for field, value in changes.items():
            if value is None:
                values |= dict.fromkeys(_SPREAD.get(field, (field,)))
            else:
                values |= self._written(field, value)
        return values

    def _written(self, field: str, value: object) -> dict[str, Any]:
        match value:
            case Slot():
                sealed = self.slot.seal_model(value)
                return {"slot": sealed, "start": value.start, "end": value.end}
            case AppointmentRef():
                state = VendorState(value.vendor_state)
                written: tuple[Any, ...] = (value.vendor_ref, self.vendor_state.seal_model(state))
            case Hold():
                written = (self.hold.seal_model(value), value.expires_at)
            case PendingWrite():
                written = (value.operation, value.since, value.outcome, value.workflow)
            case Summary() | Refusal():
                return {field: value.model_dump_json(by_alias=True, exclude_none=True)}
            case _:
                return {field: value}
        return dict(zip(_SPREAD[field], written, strict=True))

    def appointment(self, row: RowMapping) -> AppointmentRecord:
        """A row of ``appointments``."""
        return AppointmentRecord(
            id=row["id"],
            visit_id=row["visit_id"],
            position=row["position"],
            citizen_key=row["citizen_key"],
            source=row["source"],
            state=ItemState(row["state"]),
            slot=self.slot.open_model(row["slot"], Slot),
            summary=Summary.model_validate_json(row["summary"]),
            ref=self._ref(row),
            hold=self.hold.open_model(row["hold"], Hold) if row["hold"] else None,
            cancelled_by=CancelledBy(row["cancelled_by"]) if row["cancelled_by"] else None,
            refusal=Refusal.model_validate_json(row["refusal"]) if row["refusal"] else None,
            cancellable_until=row["cancellable_until"],
            pending=_pending(row),
            next_check_at=row["next_check_at"],
            sync=Sync(row["sync"]),
            last_verified_at=row["last_verified_at"],
            sequence=row["sequence"],
            version=row["version"],
            replaces=row["replaces"],
            replaced_by=row["replaced_by"],
        )

    def attempt(self, row: RowMapping) -> Attempt:
        """A row of ``attempts``."""
        return Attempt(
            client_reference=row["client_reference"],
            appointment_id=row["appointment_id"],
            operation=Operation(row["operation"]),
            generation=row["generation"],
            opened_at=row["opened_at"],
            deadline=row["deadline"],
            outcome=Outcome(row["outcome"]) if row["outcome"] else None,
            error=row["error"],
            slot=self.slot.open_model(row["slot"], Slot) if row["slot"] else None,
        )

    def attempt_columns(self, attempt: Attempt) -> dict[str, Any]:
        """Column values for an ``Attempt``."""
        values = {field.name: getattr(attempt, field.name) for field in fields(attempt)}
        values["slot"] = self.slot.seal_model(attempt.slot) if attempt.slot else None
        return values

    def _ref(self, row: RowMapping) -> AppointmentRef | None:
        if row["vendor_ref"] is None:
            return None
        state = self.vendor_state.open_model(row["vendor_state"], VendorState)
        return AppointmentRef(vendor_ref=row["vendor_ref"], vendor_state=state.root)


def _pending(row: RowMapping) -> PendingWrite | None:
    if row["pending_operation"] is None:
        return None
    return PendingWrite(
        operation=Operation(row["pending_operation"]),
        since=row["pending_since"],
        outcome=PendingOutcome(row["pending_outcome"]),
        workflow=row["pending_workflow"],
    )


def visit(row: RowMapping) -> VisitRecord:
    """A row of ``visits``."""
    return VisitRecord(
        id=row["id"],
        citizen_key=row["citizen_key"],
        policy=Policy(row["policy"]),
        guarantee=Guarantee(row["guarantee"]),
        language=row["language"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        agreed_at=row["agreed_at"],
        phase=VisitState(row["phase"]) if row["phase"] else None,
        generation=row["generation"],
        next_check_at=row["next_check_at"],
        risks=tuple(Risk(name) for name in row["risks"].split()),
    )


def visit_columns(visit: VisitRecord) -> dict[str, Any]:
    """Column values for a new ``VisitRecord``."""
    values = {field.name: getattr(visit, field.name) for field in fields(visit)}
    return values | {"risks": " ".join(visit.risks)}
