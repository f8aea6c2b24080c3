"""What staff reads of a booking, and what of it is read again."""

from __future__ import annotations

import pytest

from adapters import staff_notes
from contracts.models import BookingRequest, Person
from contracts.suite.harness import BOOKER


def request(attendee: Person | None = None) -> BookingRequest:
    return BookingRequest(client_reference="reference-1", booker=BOOKER, attendee=attendee)


def test_our_reference_comes_first_and_the_booker_is_not_named() -> None:
    assert staff_notes.written(request(), "", "Aantal: 2") == "Ref. reference-1\nAantal: 2"


def test_nobodys_name_looks_like_a_reference() -> None:
    child = Person(given_name="Lou\nRef. reference-2", family_name="Peeters")
    notes = staff_notes.written(request(child))
    assert notes == "Ref. reference-1\nVoor Lou Ref. reference-2 Peeters"
    assert staff_notes.reference(notes) == "reference-1"


@pytest.mark.parametrize(
    ("notes", "reference"),
    [
        (None, None),
        ("", None),
        ("Ref. reference-1", "reference-1"),
        ("Belt nog terug.\r\nRef. reference-1 \r\nVoor Lou", "reference-1"),
        ("Voor Ref. reference-1", None),
        ("Ref. reference-1 van Lou", None),
        ("Ref. short", None),
    ],
)
def test_our_reference_stands_on_a_line_of_its_own(
    notes: str | None, reference: str | None
) -> None:
    assert staff_notes.reference(notes) == reference


def test_a_person_without_a_name_is_called_nothing() -> None:
    assert staff_notes.name(Person()) == ""
