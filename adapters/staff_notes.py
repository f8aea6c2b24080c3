"""What staff reads beside a booking that was made here, and what of it we read again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.models import BookingRequest, Person

_REFERENCE = re.compile(r"^Ref\. ([A-Za-z0-9-]{8,64})\s*$", re.MULTILINE)


def written(request: BookingRequest, *others: str) -> str:
    """Our reference, for whom it is when that is not the booker, and what else there is to say."""
    whom = f"Voor {name(request.attendee)}" if request.attendee else ""
    return "\n".join(filter(None, [f"Ref. {request.client_reference}", whom, *others]))


def reference(notes: str | None) -> str | None:
    """The client reference in these notes, where it is ours: alone on a line."""
    found = _REFERENCE.search(notes or "")
    return found[1] if found else None


def name(person: Person) -> str:
    """Both names on one line, so that nobody's name looks like a reference."""
    return " ".join(f"{person.given_name or ''} {person.family_name or ''}".split())
