"""The sole right to book on a day of a source, where its vendor checks no conflict."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from gateway.ledger.records import Claim
from gateway.ledger.tables import claims

if TYPE_CHECKING:
    from gateway.ledger.transaction import Transaction


async def take(transaction: Transaction, claim: Claim, until: datetime) -> bool:
    """Take the days of a claim, unless another write has one of them."""
    days = [day.isoformat() for day in claim.days]
    for day in days:
        await transaction.lock(f"claim/{claim.source}/{day}")
    same = (claims.c.source == claim.source, claims.c.day.in_(days))
    others = select(claims.c.day).where(
        *same,
        claims.c.until > transaction.now,
        claims.c.client_reference != claim.client_reference,
    )
    if await transaction.connection.scalar(others.limit(1)) is not None:
        return False
    await transaction.connection.execute(delete(claims).where(*same))
    taken = {"source": claim.source, "client_reference": claim.client_reference, "until": until}
    await transaction.connection.execute(insert(claims), [taken | {"day": day} for day in days])
    return True


async def give_up(transaction: Transaction, claim: Claim) -> None:
    """Let others have the days, unless the claim has lapsed and they have them already."""
    await transaction.connection.execute(
        delete(claims).where(
            claims.c.source == claim.source, claims.c.client_reference == claim.client_reference
        )
    )
