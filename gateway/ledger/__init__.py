"""What must never be lost: visits, appointments, attempts and their history, in SQL."""

from gateway.ledger.database import Database, connect
from gateway.ledger.engagements import Engagement, refuse
from gateway.ledger.executors import Executors
from gateway.ledger.gaps import Gaps
from gateway.ledger.ledger import Ledger
from gateway.ledger.records import (
    AppointmentRecord,
    Attempt,
    Claim,
    Closing,
    PendingWrite,
    Refusal,
    Summary,
    VisitRecord,
)

__all__ = [
    "AppointmentRecord",
    "Attempt",
    "Claim",
    "Closing",
    "Database",
    "Engagement",
    "Executors",
    "Gaps",
    "Ledger",
    "PendingWrite",
    "Refusal",
    "Summary",
    "VisitRecord",
    "connect",
    "refuse",
]
