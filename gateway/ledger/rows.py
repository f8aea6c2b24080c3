"""Between rows and records: sealing on the way in, unsealing on the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    VisitState,
)
from gateway.ledger.records import (
    AppointmentRecord,
    Attempt,
    PendingWrite,
    Summary,
    VisitRecord,
)
from gateway.sealing import Seal


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
            match field, value:
                case "slot", Slot():
                    values |= {
                        "slot": self.slot.seal_model(value),
                        "start": value.start,
                        "end": value.end,
                    }
                case "summary", Summary():
                    values["summary"] = value.model_dump_json(by_alias=True, exclude_none=True)
                case "ref", AppointmentRef():
                    state = VendorState(value.vendor_state)
                    values |= {
                        "vendor_ref": value.vendor_ref,
                        "vendor_state": self.vendor_state.seal_model(state),
                    }
                case "ref", None:
                    values |= {"vendor_ref": None, "vendor_state": None}
                case "hold", Hold():
                    values |= {
                        "hold": self.hold.seal_model(value),
                        "held_until": value.expires_at,
                    }
                case "hold", None:
                    values |= {"hold": None, "held_until": None}
                case "pending", PendingWrite():
                    values |= {
                        "pending_operation": value.operation,
                        "pending_since": value.since,
                        "pending_outcome": value.outcome,
                        "pending_workflow": value.workflow,
                    }
                case "pending", None:
                    values |= dict.fromkeys(
                        (
                            "pending_operation",
                            "pending_since",
                            "pending_outcome",
                            "pending_workflow",
                        )
                    )
                case _:
                    values[field] = value
        return values

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
            refusal=row["refusal"],
            cancellable_until=row["cancellable_until"],
            pending=_pending(row),
            next_check_at=row["next_check_at"],
            sync=Sync(row["sync"]),
            last_verified_at=row["last_verified_at"],
            sequence=row["sequence"],
            version=row["version"],
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
        phase=VisitState(row["phase"]) if row["phase"] else None,
        generation=row["generation"],
    )
