"""A citizen's answers are held to what the source asks."""

from __future__ import annotations

import pytest

from adapters import answers
from contracts.errors import CustomerFieldsMissing
from contracts.models import IntakeField, IntakeKind

ASKED = (
    IntakeField(name="familyName", required=True, max_length=8),
    IntakeField(name="email", kind=IntakeKind.EMAIL),
    IntakeField(name="phone", one_of_group="telephone"),
    IntakeField(name="mobilePhone", one_of_group="telephone"),
)
RIGHT = {"familyName": "Peeters", "phone": "03 123 45 67"}


def wrong_with(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(CustomerFieldsMissing) as refused:
        answers.check(ASKED, given, lambda _, value: "No." if value == "bad" else None)
    assert {issue.type for issue in refused.value.issues} == {answers.ISSUE}
    return {issue.name: issue.detail for issue in refused.value.issues}


@pytest.mark.parametrize("more", [{}, {"email": "noor@example.org"}, {"email": "", "other": ""}])
def test_what_is_as_asked_is_taken(more: dict[str, str]) -> None:
    answers.check(ASKED, RIGHT | more)


@pytest.mark.parametrize(
    ("change", "mistakes"),
    [
        ({"familyName": ""}, {"familyName": answers.REQUIRED}),
        ({"familyName": "Van Peeters"}, {"familyName": "At most 8 characters fit."}),
        ({"email": "noor@example"}, {"email": answers.NOT_AN_EMAIL}),
        ({"phone": "bad"}, {"phone": "No."}),
        (
            {"phone": ""},
            dict.fromkeys(("phone", "mobilePhone"), "Fill in at least one of phone, mobilePhone."),
        ),
    ],
)
def test_every_field_that_is_not_as_asked_is_named_with_what_is_wrong(
    change: dict[str, str], mistakes: dict[str, str]
) -> None:
    assert wrong_with(RIGHT | change) == mistakes
