"""Nobody reads, forges, alters or prolongs what was sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Person
from gateway.sealing import Seal, SealBroken, SealExpired, from_text, to_text
from tests.gateway.world import Clock

KEY = bytes(range(32))


@given(st.binary(max_size=2000))
def test_what_was_sealed_is_opened(plain: bytes) -> None:
    seal = Seal(KEY, "test", Clock())

    sealed = seal.seal(plain)

    assert seal.open(sealed) == plain
    assert len(plain) < 16 or plain not in sealed
    assert seal.seal(plain) != sealed  # a nonce of its own each time
    assert from_text(to_text(sealed)) == sealed


@given(st.data())
def test_not_one_bit_can_be_changed(data: st.DataObject) -> None:
    clock = Clock()
    seal = Seal(KEY, "test", clock)
    sealed = bytearray(seal.seal(b"a slot", clock() + timedelta(minutes=1)))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBroken):
        seal.open(bytes(sealed))


@given(st.binary(max_size=100))
def test_noise_is_not_opened(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        Seal(KEY, "test", Clock()).open(noise)


def test_it_expires_and_cannot_be_prolonged() -> None:
    clock = Clock()
    seal = Seal(KEY, "test", clock)
    sealed = seal.seal(b"a slot", clock() + timedelta(minutes=1))
    longer = sealed[:1] + (2**40).to_bytes(8, "big") + sealed[9:]

    clock.advance(seconds=59)
    assert seal.open(sealed) == b"a slot"
    clock.advance(seconds=1)
    with pytest.raises(SealExpired):
        seal.open(sealed)
    with pytest.raises(SealBroken):
        seal.open(longer)


@pytest.mark.parametrize("other", [Seal(KEY, "other", Clock()), Seal(bytes(32), "test", Clock())])
def test_it_fits_its_purpose_and_key_only(other: Seal) -> None:
    sealed = Seal(KEY, "test", Clock()).seal(b"a slot")

    with pytest.raises(SealBroken):
        other.open(sealed)


def test_a_model_that_blows_up_is_not_opened() -> None:
    seal = Seal(KEY, "test", Clock())
    huge = Person.model_construct(given_name="x" * 1_000_000)

    with pytest.raises(SealBroken):
        seal.open_model(seal.seal_model(huge), Person)


@pytest.mark.parametrize("text", ["", "é", "a b", "====", "a\n", "%%%%"])
def test_text_that_is_no_seal(text: str) -> None:
    with pytest.raises(SealBroken):
        Seal(KEY, "test", Clock()).open(from_text(text))
