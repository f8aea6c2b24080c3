"""What is filled in is checked, and compared with what the system declares."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.vendors.standard.adapter import Adapter
from adapters.vendors.standard.settings import StandardSettings
from contracts.adapter import Capability
from contracts.errors import BadAnswer, VendorUnavailable
from contracts.models import BookingRequest
from contracts.suite import Fault
from tests.adapters.loopback import Vendor, answer, listening
from tests.adapters.vendors.standard.genk import TownHall, request, soon, town_hall

MINIMAL: dict[str, Any] = {"base_url": "https://a.example/v1", "capabilities": [], "token": "t"}
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
OAUTH = {"token_url": "https://a.example/token", "client_id": "c", "client_secret": "s"}


@pytest.mark.parametrize(
    "filled_in",
    [
        MINIMAL,
        {**MINIMAL, "token": None, **OAUTH, "scope": "appointments"},
        {**MINIMAL, "capabilities": ["webhooks"], "webhook_secrets": [SECRET, SECRET]},
        {**MINIMAL, "capabilities": ["hold", "extend"]},
    ],
)
def test_what_fits_together_is_taken(filled_in: dict[str, Any]) -> None:
    assert StandardSettings.model_validate(filled_in).base_url == "https://a.example/v1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capabilities": None}, "capabilities"),
        ({"capabilities": ["holds"]}, "'hold', 'extend'"),
        ({"capabilities": ["extend"]}, '"extend" is nothing without "hold"'),
        ({"capabilities": ["webhooks"]}, "need each other"),
        ({"webhook_secrets": [SECRET]}, "need each other"),
        ({"capabilities": ["webhooks"], "webhook_secrets": ["s3cr3t"]}, "24 to 64 bytes"),
        ({"capabilities": ["webhooks"], "webhook_secrets": ["whsec_c2hvcnQ="]}, "24 to 64"),
        ({"capabilities": ["webhooks"], "webhook_secrets": ["whsec_é"]}, "24 to 64 bytes"),
        ({"token": None}, "either token, or"),
        (OAUTH, "either token, or"),
        ({"token": None, "client_id": "c"}, "either token, or"),
        ({"base_url": "http://a.example/"}, "https://"),
        ({"url": "x"}, "Extra inputs"),
    ],
)
def test_each_mistake_is_named_and_no_secret_is(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StandardSettings.model_validate(MINIMAL | changes)
    assert said in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


def test_the_list_of_capabilities_has_no_default() -> None:
    with pytest.raises(ValidationError, match="capabilities"):
        StandardSettings.model_validate({"base_url": "https://a.example", "token": "t"})


async def test_a_source_counts_on_no_more_than_its_file_says() -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(None, capabilities=["hold"], webhook_secrets=[])
        assert adapter.available() == {
            Capability.FIND_BY_CLIENT_REFERENCE,
            Capability.HOLD,
            Capability.CONFIRM,
            Capability.RELEASE,
        }
        assert await adapter.products(deadline=soon())


async def test_what_the_system_does_not_offer_is_said_by_every_call_until_it_does() -> None:
    async with town_hall(lacks=("hold", "changes")) as hall:
        adapter = hall.adapter(
            None, capabilities=["hold", "changes", "reschedule"], webhook_secrets=[]
        )
        core = hall.adapter(None, capabilities=[], webhook_secrets=[])
        slot, *_ = await core.slots(hall.query(), deadline=soon())
        for _ in range(2):
            with pytest.raises(BadAnswer, match="does not offer changes, hold"):
                await adapter.products(deadline=soon())
            with pytest.raises(BadAnswer, match="does not offer"):
                await adapter.book(slot, request(), deadline=soon())
        assert not hall.simulator.desk.entries


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (b'{"version": 2, "capabilities": []}', "does not speak version 1"),
        (b'{"capabilities": []}', "version"),
        (b'{"version": 1, "capabilities": ["x", null]}', "capabilities"),
    ],
)
async def test_another_version_is_not_spoken_to(declared: bytes, said: str) -> None:
    async with listening(Vendor([answer(declared)])) as vendor, town_hall() as hall:
        with pytest.raises(BadAnswer, match=said):
            await core_of(hall, vendor).products(deadline=soon())


async def test_what_a_later_version_adds_does_no_harm() -> None:
    said = b'{"version": 1, "capabilities": ["teleport"], "motto": "x"}'
    answers = [answer(said), answer(b'{"items": []}')]
    async with listening(Vendor(answers)) as vendor, town_hall() as hall:
        assert list(await core_of(hall, vendor).products(deadline=soon())) == []


async def test_the_system_is_asked_what_it_offers_once() -> None:
    said = [answer(b'{"version": 1, "capabilities": []}'), answer(b'{"items": []}')]
    async with listening(Vendor(said)) as vendor, town_hall() as hall:
        adapter = core_of(hall, vendor)
        await adapter.products(deadline=soon())
        await asyncio.gather(*(adapter.products(deadline=soon()) for _ in range(3)))
        asked = [head.split(b" ")[1].rpartition(b"/")[2] for head in vendor.requests]
        assert asked == [b"capabilities", *[b"products"] * 4]


async def test_nothing_is_booked_at_a_system_that_does_not_say_what_it_offers() -> None:
    async with town_hall() as hall:
        slot, booking = (await hall.free())[0], request()
        assert isinstance(booking, BookingRequest)
        for fault, error in ((Fault.DOWN, VendorUnavailable), (Fault.HTML, BadAnswer)):
            adapter = await hall.faulty(fault)
            with pytest.raises((error, VendorUnavailable)):
                await adapter.book(slot, booking, deadline=soon())
        assert not hall.simulator.desk.entries


def core_of(hall: TownHall, vendor: Vendor) -> Adapter:
    """An adapter in front of a vendor that says what it is told to."""
    for name in ("token_url", "client_id", "client_secret", "webhook_secrets"):
        hall.settings.pop(name, None)
    return hall.adapter(None, base_url=vendor.url, token="t", capabilities=[])
