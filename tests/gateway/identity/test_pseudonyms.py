"""Names for a citizen that tell nothing, and numbers that are checked and not read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gateway.identity.national_number import is_national_number
from gateway.identity.pseudonyms import citizen_key, match_key
from gateway.keys import Keys

KEYS = Keys.from_secret(bytes(range(32)))
NUMBER = "85073003328"


def test_keys_are_the_same_for_a_label_and_different_for_another() -> None:
    again = Keys.from_secret(bytes(range(32)))
    assert KEYS.derive("a") == again.derive("a") != KEYS.derive("b")
    assert len(KEYS.derive("a", 64)) == 64
    assert KEYS.derive("a") != Keys.from_secret(b"x" * 32).derive("a")


def test_a_citizen_key_never_changes() -> None:
    # Written down, because a change would make every citizen a stranger to the ledger.
    assert citizen_key(KEYS.derive, "demo-noor") == "v1:nfVz5Qbg7OfYZJhQOpr5t0C6ESbz92YLEiUPBsnjtKw"


def test_a_citizen_key_tells_its_version_and_nothing_else() -> None:
    first = citizen_key(KEYS.derive, NUMBER)
    second = citizen_key(KEYS.derive, NUMBER, version=2)
    assert first.startswith("v1:")
    assert second.startswith("v2:")
    assert first[3:] != second[3:]
    assert NUMBER not in first
    assert citizen_key(KEYS.derive, NUMBER[:-1] + "9") != first


def test_two_sources_cannot_tell_that_they_know_the_same_citizen() -> None:
    keys = {
        match_key(KEYS.derive, source=source, kind="externalId", citizen=citizen)
        for source in ("gent", "leuven")
        for citizen in ("v1:a", "v1:b")
    }
    assert len(keys) == 4


def test_a_source_gets_no_more_than_its_kind_of_key() -> None:
    def key(kind: str, number: str | None) -> str | None:
        made = match_key(
            KEYS.derive,
            source="gent",
            kind=kind,  # type: ignore[arg-type] # one of its literals
            citizen="v1:a",
            national_number=SecretStr(number) if number else None,
        )
        return made.value if made else None

    assert key("nationalNumber", NUMBER) == NUMBER
    assert key("nationalNumber", None) is None
    assert key("claimOnly", NUMBER) is None
    assert key("externalId", NUMBER) == key("externalId", None) is not None


@pytest.mark.parametrize("number", [NUMBER, "17073003384", "98472899765", "01490700185"])
def test_numbers_of_the_register_and_bis_numbers_pass(number: str) -> None:
    assert is_national_number(number)


@pytest.mark.parametrize(
    "number", ["", NUMBER[:-1], NUMBER + "0", "85.07.30-033.28", " 85073003328", "٨٥٠٧٣٠٠٣٣٢٨"]
)
def test_what_is_no_eleven_digits_does_not_pass(number: str) -> None:
    assert not is_national_number(number)


@given(position=st.integers(0, 10), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed_in_a_number_of_the_last_century(
    position: int, digit: str
) -> None:
    wrong = NUMBER[:position] + digit + NUMBER[position + 1 :]
    assert is_national_number(wrong) == (wrong == NUMBER)
