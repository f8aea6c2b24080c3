"""What must never be lost: visits, appointments, attempts and their history, in SQL."""

from gateway.ledger.database import Database, connect
from gateway.ledger.ledger import Ledger
from gateway.ledger.records import AppointmentRecord, Attempt, Summary, VisitRecord

__all__ = [
    "AppointmentRecord",
    "Attempt",
    "Database",
    "Ledger",
    "Summary",
    "VisitRecord",
    "connect",
]
