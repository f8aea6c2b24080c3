"""The contact data: checked against the questions of every source, one answer for all."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.api import Contact
from contracts.models import IntakeField, IntakeKind, IntakeOption, Person
from gateway.booking.requests import (
    DEFAULT_FIELDS,
    Questionnaire,
    booking_request,
    check_contact,
    told_apart,
)

PHONE = IntakeField(name="phone", one_of_group="reach", max_length=12)
EMAIL = IntakeField(name="email", kind=IntakeKind.EMAIL, one_of_group="reach")


def contact(**fields: object) -> Contact:
    answers = fields.pop("answers", {})
    return Contact.model_validate({"booker": Person.model_validate(fields), "answers": answers})


def wrong(fields: list[IntakeField], given: Contact) -> dict[str, str]:
    return {issue.name: issue.detail for issue in check_contact([fields], given)}


def test_the_default_fields_are_a_name_and_an_address() -> None:
    noor = contact(given_name="Noor", family_name="Testburger", email="noor@example.org")

    assert check_contact([DEFAULT_FIELDS], noor) == ()
    assert set(wrong(list(DEFAULT_FIELDS), contact(given_name="  "))) == {
        "contact.booker.givenName",
        "contact.booker.familyName",
        "contact.booker.email",
    }


@pytest.mark.parametrize(
    "email", ["noor", "noor@", "@x.be", "a b@c.be", "noor@localhost", "a@@b.be"]
)
def test_what_is_no_email_address(email: str) -> None:
    assert wrong([EMAIL], contact(email=email)) == {"contact.booker.email": "not an e-mail address"}


def test_one_of_a_group_is_enough_and_none_is_told_for_each() -> None:
    assert wrong([PHONE, EMAIL], contact(phone="0470")) == {}
    assert set(wrong([PHONE, EMAIL], contact())) == {
        "contact.booker.phone",
        "contact.booker.email",
    }


def test_groups_of_two_sources_are_apart() -> None:
    given = contact(phone="0470")

    (issue,) = check_contact([[PHONE], [EMAIL]], given)

    assert issue.name == "contact.booker.email"


def test_the_same_mistake_is_told_once() -> None:
    name = IntakeField(name="familyName", required=True)

    assert len(check_contact([[name], [name]], contact())) == 1


def test_lengths_options_dates_and_own_questions() -> None:
    own = IntakeField(
        name="answers.size", required=True, options=(IntakeOption(value="s", label="Small"),)
    )
    born = IntakeField(name="birthDate", kind=IntakeKind.DATE, required=True)

    assert wrong([own, born], contact(birth_date=date(1990, 1, 1), answers={"size": "s"})) == {}
    assert wrong([own, born, PHONE], contact(phone="0" * 13, answers={"size": "xxl"})) == {
        "contact.answers.size": "choose one of the options",
        "contact.booker.birthDate": "this is needed",
        "contact.booker.phone": "at most 12 characters",
    }


def test_a_source_gets_only_what_it_asks() -> None:
    given = Contact(
        booker=Person(given_name="Noor", email="noor@example.org", national_number="90010112345"),
        attendee=Person(given_name="Lou", email="lou@example.org"),
        answers={"size": "s", "colour": "red"},
    )
    asked = Questionnaire("gent", [IntakeField(name="givenName"), IntakeField(name="answers.size")])

    request = booking_request(given, asked, "reference-1", None, "fr")

    assert request.booker == Person(given_name="Noor")
    assert request.attendee == Person(given_name="Lou")
    assert request.answers == {"size": "s"}
    assert request.language == "fr"


def test_what_two_sources_ask_under_one_key_is_told_apart() -> None:
    partner = IntakeField(name="answers.1", label="Partner")
    plate = IntakeField(name="answers.1", label="Number plate", required=True)
    alike = IntakeField(name="answers.remark", label="Remark")

    gent, aalst = told_apart(
        [Questionnaire("gent", [partner, alike]), Questionnaire("aalst", [plate, alike])]
    )

    assert [field.name for field in gent] == ["answers.gent.1", "answers.remark"]
    assert [field.name for field in aalst] == ["answers.aalst.1", "answers.remark"]
    given = Contact(
        booker=Person(),
        answers={"gent.1": "Lou", "aalst.1": "1-ABC-234", "remark": "none"},
    )
    assert check_contact([gent, aalst], given) == ()
    for source, fields, answers in (
        ("gent", gent, {"1": "Lou", "remark": "none"}),
        ("aalst", aalst, {"1": "1-ABC-234", "remark": "none"}),
    ):
        request = booking_request(given, Questionnaire(source, fields), "reference-1", None, "nl")
        assert request.answers == answers


def test_one_source_may_ask_a_thing_twice() -> None:
    loose = IntakeField(name="answers.1", label="Partner")
    strict = IntakeField(name="answers.1", label="Partner", required=True)

    told = told_apart([Questionnaire("gent", [loose]), Questionnaire("gent", [strict])])

    assert told == [(loose,), (strict,)]


def test_the_strictest_of_several_sources_counts() -> None:
    short = IntakeField(name="givenName", max_length=3)
    needed = IntakeField(name="familyName", required=True)
    either = [IntakeField(name=name, one_of_group="reach") for name in ("email", "phone")]
    given = Contact(booker=Person(given_name="Noortje"))

    issues = check_contact([[short], [IntakeField(name="givenName"), needed], either], given)

    assert {issue.name for issue in issues} == {
        "contact.booker.givenName",
        "contact.booker.familyName",
        "contact.booker.email",
        "contact.booker.phone",
    }
