"""The adapter in front of a SOAP stack that we did not write, serving JCC's own WSDL."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.vendors.jcc_soap import wire
from adapters.vendors.jcc_soap.adapter import Adapter
from adapters.vendors.jcc_soap.settings import ClientId, JccSoapSettings
from contracts.adapter import AdapterContext
from contracts.errors import (
    AppointmentNotFound,
    QuantityExceeded,
    SlotTaken,
    VendorError,
    VendorUnavailable,
)
from contracts.models import Appointment, MatchKey, ProductQuantity, Slot, SlotQuery
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.jcc_soap import recordings
from tests.adapters.vendors.jcc_soap.town_hall import BRUSSELS, CITIZEN, request, soon

PEERS = Path(__file__).parents[3] / "peers"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)
PAIR = "afsprakenpoort", "a secret: 100% & more"
DAY = date(2027, 3, 9)

if NODE is None or not (PEERS / "node_modules" / "soap").is_dir():
    pytest.skip("`make test` installs node and soap", allow_module_level=True)
pytestmark = recordings.present


@pytest.fixture
async def page() -> AsyncIterator[str]:
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(PEERS / "jcc-soap.mjs"),
        str(recordings.FOLDER / recordings.WSDL),
        ":".join(PAIR),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TZ": "UTC"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def adapter_at(
    page: str, password: str = PAIR[1], client_id: ClientId = "nationalNumber"
) -> Adapter:
    settings = JccSoapSettings(
        base_url=page, username=PAIR[0], password=SecretStr(password), client_id=client_id
    )
    return Adapter(settings, AdapterContext("diest-jcc-soap", BRUSSELS, lambda: NOW))


@pytest.fixture
async def adapter(page: str) -> AsyncIterator[Adapter]:
    adapter = adapter_at(page)
    yield adapter
    await adapter.aclose()


async def free(adapter: Adapter, **quantities: int) -> list[Slot]:
    chosen = quantities or {"p1": 1}
    query = SlotQuery(
        location_id="7",
        products=tuple(
            ProductQuantity(product_id=name[1:], quantity=quantity)
            for name, quantity in chosen.items()
        ),
        first_day=DAY,
        last_day=DAY,
    )
    return list(await adapter.slots(query, deadline=soon()))


async def test_the_catalogue_is_understood(adapter: Adapter) -> None:
    one, two = await adapter.products(deadline=soon())
    assert (one.id, one.name, one.max_quantity) == ("1", "Reispas & <spoed>", None)
    assert (two.id, two.name, two.max_quantity) == ("2", "Kids-ID", 2)
    assert one.bring == ("uw pas", "een foto")
    (place,) = await adapter.locations(deadline=soon())
    assert (place.id, place.name) == ("7", "Stadhuis")
    assert place.address is not None
    assert place.address.city == "Diest"


async def test_a_booking_is_made_read_found_moved_and_cancelled(adapter: Adapter) -> None:
    slots = await free(adapter, p1=2, p2=1)
    assert [slot.start.astimezone(BRUSSELS).hour for slot in slots] == [9, 9, 10]
    assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=30)}
    booked = await adapter.book(slots[0], request("reference-1"), deadline=soon())
    read = await adapter.appointment(booked.ref, deadline=soon())
    assert read == booked
    found = await adapter.find_by_client_reference("reference-1", near=slots[0], deadline=soon())
    assert found == booked
    moved = await adapter.reschedule(booked.ref, slots[2], "reference-2", deadline=soon())
    assert moved.ref == booked.ref
    assert await adapter.appointment(booked.ref, deadline=soon()) == moved
    for _ in range(2):
        await adapter.cancel(booked.ref, deadline=soon())
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(booked.ref, deadline=soon())
    gone = await adapter.find_by_client_reference("reference-2", near=slots[0], deadline=soon())
    assert gone is None


@pytest.mark.parametrize("name", ["Zoé & <O'Neill>", "漢字 🙂", "tab\tend", "a\x00b\x1bc", "]]>"])
async def test_a_name_survives_the_journey_and_a_move(adapter: Adapter, name: str) -> None:
    slots = await free(adapter)
    booker = BOOKER.model_copy(update={"given_name": name, "family_name": name})
    citizen = MatchKey(kind="nationalNumber", value=CITIZEN)
    booked = await adapter.book(
        slots[0], request(booker=booker, match_key=citizen), deadline=soon()
    )
    await adapter.reschedule(booked.ref, slots[1], "reference-2", deadline=soon())
    asked = {"appID": booked.ref.vendor_ref}
    (found,) = await adapter._service.ask("getGovAppointmentDetails", asked, soon())
    kept = {name: str(text) for name, text in wire.texts(found).items()}
    shown = "".join(character if character.isprintable() else " " for character in name)
    assert " ".join(kept["clientLastName"].split()) == " ".join(shown.split())
    assert kept["clientID"] == CITIZEN
    assert kept["clientDateOfBirth"] == "1990-05-17"
    assert kept["clientMail"] == BOOKER.email


@pytest.mark.parametrize(
    ("client_id", "kind"), [("nationalNumber", "nationalNumber"), ("pseudonym", "externalId")]
)
async def test_a_citizen_finds_the_own_appointments(
    page: str, client_id: ClientId, kind: str
) -> None:
    adapter = adapter_at(page, client_id=client_id)
    mine = MatchKey.model_validate({"kind": kind, "value": CITIZEN})
    slots = await free(adapter)
    booked = await adapter.book(slots[0], request(match_key=mine), deadline=soon())
    await adapter.book(slots[1], request("reference-2"), deadline=soon())
    assert await adapter.appointments_of(mine, deadline=soon()) == [booked]
    await adapter.aclose()


async def test_of_many_one_gets_the_time(adapter: Adapter) -> None:
    (slot, *_) = await free(adapter)
    results = await asyncio.gather(
        *(adapter.book(slot, request(f"reference-{n}"), deadline=soon()) for n in range(20)),
        return_exceptions=True,
    )
    won = [result for result in results if isinstance(result, Appointment)]
    assert len(won) == 1
    assert [type(result) for result in results if result not in won] == [SlotTaken] * 19


async def test_more_than_the_maximum_is_refused(adapter: Adapter) -> None:
    assert await free(adapter, p2=2)
    with pytest.raises(QuantityExceeded):
        await free(adapter, p2=3)


async def test_a_call_that_the_service_does_not_understand_is_an_error(adapter: Adapter) -> None:
    with pytest.raises(VendorError):
        await adapter._service.ask("getGovNothing", {}, soon())


async def test_credentials_that_are_refused_are_said_to_be(page: str) -> None:
    stranger = adapter_at(page, "guess")
    with pytest.raises(VendorUnavailable, match="credentials"):
        await stranger.products(deadline=soon())
    await stranger.aclose()
