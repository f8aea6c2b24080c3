"""What a municipality fills in, and what a citizen is asked."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.vendors.jcc_soap import intake
from adapters.vendors.jcc_soap.settings import JccSoapSettings
from contracts.errors import (
    CapabilityNotSupported,
    CustomerFieldsMissing,
    VendorUnavailable,
)
from contracts.models import (
    Gender,
    IntakeField,
    Person,
)
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.jcc_soap.town_hall import (
    CITIZEN,
    soon,
    town_hall,
)

# Settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"base_url": "https://jcc.example/ggs2.asmx?wsdl"}, "no \\?"),
        ({"base_url": "https://jcc.example/"}, "the page itself"),
        ({"base_url": "https://jcc.example"}, "the page itself"),
        ({"base_url": "http://jcc.example/ggs2.asmx"}, "https://"),
        ({"base_url": "https://jcc.example/ggs2.asmx", "username": "us"}, "go together"),
        ({"base_url": "https://jcc.example/ggs2.asmx", "password": "x"}, "go together"),
        ({"base_url": "https://jcc.example/ggs2.asmx", "usernam": "us"}, "usernam"),
        ({}, "base_url"),
    ],
)
def test_a_mistake_in_the_settings_is_named(settings: dict[str, str], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        JccSoapSettings.model_validate(settings)


async def test_without_credentials_none_are_sent() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(username=None, password=None)
        with pytest.raises(VendorUnavailable, match="credentials"):
            await adapter.products(deadline=soon())


async def test_the_password_is_in_no_text_of_the_settings() -> None:
    settings = JccSoapSettings.model_validate(
        {"base_url": "https://j.example/x.asmx", "username": "us", "password": "hidden"}
    )
    assert "hidden" not in f"{settings!r} {settings}"


# What is asked -----------------------------------------------------------------------------


def asked(*required: str) -> dict[str, IntakeField]:
    return {field.name: field for field in intake.fields(required)}


def test_a_last_name_and_a_birth_date_are_always_required() -> None:
    fields = asked()
    assert {name for name, field in fields.items() if field.required} == {"familyName", "birthDate"}
    assert set(fields) == {"givenName", "familyName", "birthDate", "email"}


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("Address", {"street", "houseNumber"}),
        ("Birthday", {"birthDate"}),
        ("City", {"city"}),
        ("Email", {"email"}),
        ("Initials", {"givenName"}),
        ("Sex", {"gender"}),
        ("MainTel", {"phone"}),
        ("MobileTel", {"mobilePhone"}),
        ("PostalCode", {"postalCode"}),
        ("ID", {"nationalNumber"}),
        ("LastName", {"familyName"}),
    ],
)
def test_what_the_vendor_requires_is_required(rule: str, names: set[str]) -> None:
    required = {name for name, field in asked(rule).items() if field.required}
    assert required == names | {"familyName", "birthDate"}


def test_any_telephone_is_one_of_two() -> None:
    fields = asked("AnyTel")
    together = {name for name, field in fields.items() if field.one_of_group}
    assert together == {"phone", "mobilePhone"}
    assert not any(fields[name].required for name in together)
    assert "phone" not in asked("AnyTel", "MobileTel")


def test_the_sex_is_one_of_the_two_that_the_vendor_takes() -> None:
    assert [option.value for option in asked("Sex")["gender"].options] == ["male", "female"]


def test_lengths_are_those_of_the_vendor() -> None:
    every = asked("Address", "City", "Sex", "MainTel", "PostalCode", "ID")
    lengths = {name: field.max_length for name, field in every.items() if field.max_length}
    assert lengths == {
        "givenName": 128,
        "familyName": 128,
        "email": 254,
        "phone": 16,
        "street": 64,
        "houseNumber": 16,
        "postalCode": 16,
        "city": 80,
        "nationalNumber": 16,
    }


@pytest.mark.parametrize("required", [["Nationality"], ["MainTel", "MobileTel"], [""]])
def test_what_a_booking_has_no_room_for_is_said_and_not_asked(required: list[str]) -> None:
    with pytest.raises(CapabilityNotSupported):
        asked(*required)


def sent(person: Person, *required: str) -> dict[str, str]:
    return intake.client(person, intake.fields(required))


def test_only_what_is_asked_is_sent() -> None:
    person = BOOKER.model_copy(update={"national_number": CITIZEN})
    assert sent(person) == {
        "clientLastName": "Peeters",
        "clientDateOfBirth": "1990-05-17",
        "clientInitials": "Noor",
        "clientMail": "noor.peeters@example.org",
    }


def test_everything_that_is_asked_is_sent() -> None:
    person = BOOKER.model_copy(update={"national_number": CITIZEN})
    names = ("Address", "City", "PostalCode", "Sex", "ID", "MainTel")
    assert (
        sent(person, *names).items()
        >= {
            "clientID": CITIZEN,
            "clientAddress": "Kerkstraat 12",
            "clientCity": "Gent",
            "clientPostalCode": "9000",
            "clientSex": "F",
            "clientTel": "+3221234567",
        }.items()
    )


@pytest.mark.parametrize(
    ("phone", "mobile", "expected"),
    [
        ("02 123 45 67", None, "021234567"),
        (None, "+32 (470) 12.34-56", "+32470123456"),
        ("02/123 45 67", "0470 12 34 56", "0470123456"),
    ],
)
def test_a_telephone_number_is_written_without_what_makes_it_readable(
    phone: str | None, mobile: str | None, expected: str
) -> None:
    person = BOOKER.model_copy(update={"phone": phone, "mobile_phone": mobile})
    assert sent(person, "AnyTel")["clientTel"] == expected


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("email", "nobody", "email"),
        ("mobile_phone", "+32 470 12 34 56 78 90 12", "mobilePhone"),
        ("family_name", "  ", "familyName"),
        ("birth_date", None, "birthDate"),
        ("gender", Gender.UNSPECIFIED, "gender"),
        ("street", "Burgemeester van de Gemeente Lokeren-Achterbroekstraat en Dreef", "street"),
        ("street", None, "street"),
        ("house_number", None, "houseNumber"),
    ],
)
def test_each_field_that_is_not_valid_is_named_without_its_value(
    field: str, value: object, named: str
) -> None:
    person = BOOKER.model_copy(update={field: value})
    with pytest.raises(CustomerFieldsMissing) as refused:
        sent(person, "Address", "MobileTel", "Sex")
    (issue,) = refused.value.issues
    assert issue.name == named
    assert str(value) not in f"{refused.value} {issue}" or not str(value).strip()


def test_one_of_two_telephones_must_be_there() -> None:
    person = BOOKER.model_copy(update={"phone": None, "mobile_phone": ""})
    with pytest.raises(CustomerFieldsMissing) as refused:
        sent(person, "AnyTel")
    assert {issue.name for issue in refused.value.issues} == {"phone", "mobilePhone"}
