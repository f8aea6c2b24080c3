"""What the contract tests do not ask: holds dropped early, races, refusals, who comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from adapters.vendors.qmatic.adapter import Adapter
from contracts.errors import (
    BadAnswer,
    BookingError,
    CancellationClosed,
    CustomerFieldsMissing,
    HoldExpired,
    OutcomeUnknown,
    SlotTaken,
    VendorError,
)
from contracts.models import (
    Appointment,
    AppointmentRef,
    AppointmentStatus,
    Hold,
    MatchKey,
    Person,
    Slot,
)
from contracts.suite import Fault
from contracts.suite.harness import BOOKER
from contracts.suite.proxy import FaultyProxy
from tests.adapters.vendors.qmatic.town_hall import (
    ZUID,
    TownHall,
    beside,
    passed_on,
    query,
    request,
    soon,
    town_hall,
)

EID, PASSPORT, DRIVING, WEDDING = "Identiteitskaart", "Reispas", "Rijbewijs", "Aangifte_huwelijk"
TUESDAY = date(2027, 3, 9)
NOOR = MatchKey(kind="externalId", value="noor")


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


async def slots_of(hall: TownHall, *products: str | tuple[str, int]) -> list[Slot]:
    asked = query(*(products or (EID,)), first=TUESDAY)
    return list(await hall.adapter().slots(asked, deadline=soon()))


async def held_by(hall: TownHall, *products: str | tuple[str, int]) -> Hold:
    slot = (await slots_of(hall, *products))[0]
    return await hall.adapter().hold(slot, "reference-0", deadline=soon())


def losing(hall: TownHall, end: str) -> FaultyProxy:
    """Carries out the first write to a path that ends so, and loses its answer."""
    return FaultyProxy(
        hall.settings["base_url"],
        Fault.ANSWER_LOST,
        is_write=lambda method, path: method == "POST" and path.endswith(end),
    )


# Holds -------------------------------------------------------------------------------------


async def test_a_confirmed_hold_keeps_its_id(hall: TownHall) -> None:
    held = await held_by(hall)
    booked = await hall.adapter().confirm(held, request(), deadline=soon())
    assert booked.ref == AppointmentRef(vendor_ref=held.ref.vendor_ref)
    assert held.expires_at == hall.clock() + timedelta(seconds=300)


async def test_a_confirmation_without_an_answer_is_looked_up_by_the_hold(hall: TownHall) -> None:
    held = await held_by(hall)
    async with losing(hall, "/confirm") as proxy:
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(base_url=proxy.url).confirm(held, request(), deadline=soon())
    found = await hall.adapter().appointment(held.ref, deadline=soon())
    assert found.status is AppointmentStatus.CONFIRMED
    assert found.client_reference == "reference-1"
    assert len(hall.simulator.appointments) == 1


async def test_what_was_never_confirmed_is_only_held(hall: TownHall) -> None:
    held = await held_by(hall)
    found = await hall.adapter().appointment(held.ref, deadline=soon())
    assert found.status is AppointmentStatus.HELD


async def test_a_hold_that_the_vendor_dropped_early_is_booked_anew(hall: TownHall) -> None:
    held = await held_by(hall)
    hall.simulator.appointments.clear()
    booked = await hall.adapter().confirm(held, request(), deadline=soon())
    assert booked.ref.vendor_ref != held.ref.vendor_ref
    assert (booked.start, booked.end) == (held.slot.start, held.slot.end)
    assert set(hall.simulator.appointments) == {booked.ref.vendor_ref}


async def test_a_hold_that_was_dropped_early_and_taken_is_refused(hall: TownHall) -> None:
    held = await held_by(hall)
    hall.simulator.appointments.clear()
    await hall.adapter().book(held.slot, request("somebody-else"), deadline=soon())
    with pytest.raises(HoldExpired):
        await hall.adapter().confirm(held, request(), deadline=soon())
    assert len(hall.simulator.appointments) == 1


async def test_booked_anew_without_an_answer_never_turns_into_not_booked(hall: TownHall) -> None:
    held = await held_by(hall)
    hall.simulator.appointments.clear()
    async with losing(hall, "/book") as proxy:
        with pytest.raises(OutcomeUnknown):
            await hall.adapter(base_url=proxy.url).confirm(held, request(), deadline=soon())
    assert len(hall.simulator.appointments) == 1
    with pytest.raises(BadAnswer):  # and not AppointmentNotFound, which would settle it
        await hall.adapter().appointment(held.ref, deadline=soon())


async def test_a_confirmation_that_is_refused_while_kept_books_nothing(hall: TownHall) -> None:
    held = await held_by(hall)
    refusal = httpx.Response(500, headers={"error_code": "E123", "error_message": "Peeters"})
    adapter = hall.adapter(beside({"POST /confirm": refusal}))
    with pytest.raises(BadAnswer) as refused:
        await adapter.confirm(held, request(), deadline=soon())
    assert refused.value.vendor_code == "E123"
    assert "Peeters" not in f"{refused.value}"
    assert [kept.customers for kept in hall.simulator.appointments.values()] == [[]]


async def test_after_its_time_a_hold_is_not_booked_anew(hall: TownHall) -> None:
    held = await held_by(hall)
    hall.clock.move_to(held.expires_at)
    with pytest.raises(HoldExpired):
        await hall.adapter().confirm(held, request(), deadline=soon())
    await hall.adapter().products(deadline=soon())
    assert hall.simulator.appointments == {}


async def test_releasing_what_was_booked_cancels_nothing(hall: TownHall) -> None:
    held = await held_by(hall)
    booked = await hall.adapter().confirm(held, request(), deadline=soon())
    await hall.adapter().release(held, deadline=soon())
    found = await hall.adapter().appointment(booked.ref, deadline=soon())
    assert found.status is AppointmentStatus.CONFIRMED


async def test_nobody_is_asked_for_contact_data_that_a_confirmation_lacks(hall: TownHall) -> None:
    held = await held_by(hall)
    nameless = Person(email="noor@example.org")
    with pytest.raises(CustomerFieldsMissing) as refused:
        await hall.adapter().confirm(held, request(booker=nameless), deadline=soon())
    assert {issue.name for issue in refused.value.issues} == {"givenName", "familyName"}
    await hall.adapter().confirm(held, request(), deadline=soon())


# Races and refusals ------------------------------------------------------------------------


async def _held_then_confirmed(adapter: Adapter, slot: Slot, reference: str) -> Appointment:
    held = await adapter.hold(slot, reference, deadline=soon())
    return await adapter.confirm(held, request(reference), deadline=soon())


async def _booked_at_once(adapter: Adapter, slot: Slot, reference: str) -> Appointment:
    return await adapter.book(slot, request(reference), deadline=soon())


@pytest.mark.parametrize("way", [_booked_at_once, _held_then_confirmed])
async def test_of_twenty_at_once_as_many_win_as_there_is_room(way: Any) -> None:  # noqa: ANN401 either
    async with town_hall(resources=3) as hall:
        slot = (await slots_of(hall))[0]
        adapters = [hall.adapter() for _ in range(4)]
        results = await asyncio.gather(
            *(way(adapters[n % 4], slot, f"reference-{n}") for n in range(20)),
            return_exceptions=True,
        )
        won = [result for result in results if isinstance(result, Appointment)]
        assert len(won) == 3
        assert [type(result) for result in results if result not in won] == [SlotTaken] * 17
        assert set(hall.simulator.appointments) == {booked.ref.vendor_ref for booked in won}
        assert len(hall.simulator.customers) == 3


async def test_a_slot_taken_after_the_query_is_refused_with_the_vendors_code(
    hall: TownHall,
) -> None:
    one, other = (await slots_of(hall))[:2]
    await hall.adapter().book(one, request(), deadline=soon())
    for refused in (
        hall.adapter().book(one, request(), deadline=soon()),
        hall.adapter().hold(one, "reference-0", deadline=soon()),
    ):
        with pytest.raises(SlotTaken) as error:
            await refused
        assert error.value.vendor_code == "E440"
    await hall.adapter().book(other, request(), deadline=soon())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, headers={"error_code": "E440"}), SlotTaken),
        (httpx.Response(409, headers={"error_code": "E440"}), SlotTaken),
        (httpx.Response(500, headers={"error_code": "E1\x7f <b>"}), BadAnswer),
        (httpx.Response(400, headers={"error_code": "E999"}), BadAnswer),
        (httpx.Response(400), BadAnswer),
        (httpx.Response(500), OutcomeUnknown),
        (httpx.Response(500, json={"msg": "Peeters"}), OutcomeUnknown),
        (httpx.Response(302, headers={"Location": "/login"}), OutcomeUnknown),
        (httpx.Response(202, text="<html>"), OutcomeUnknown),
        (httpx.Response(202, json={"publicId": "x"}), OutcomeUnknown),
        (httpx.Response(204), OutcomeUnknown),
    ],
)
async def test_an_odd_answer_to_a_booking_is_refused_or_unknown(
    hall: TownHall, answer: httpx.Response, error: type[BookingError]
) -> None:
    slot = (await slots_of(hall))[0]
    with pytest.raises(error) as refused:
        await hall.adapter(beside({"POST /book": answer})).book(slot, request(), deadline=soon())
    assert "Peeters" not in f"{refused.value}"
    code = refused.value.vendor_code
    assert code is None or code.isalnum()


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 10},
        {"customers": []},
        {"start": "tomorrow"},
        {"start": "2027-03-09T09:00:00.000+0000", "end": "x"},
        {"publicId": "x" * 501},
        {"publicId": ""},
        {"branch": {"publicId": "x", "name": "x", "timeZone": "Mars/Olympus"}},
        {"created": "yesterday"},
    ],
    ids=lambda changes: "-".join(f"{name} {value}"[:20] for name, value in changes.items()),
)
async def test_a_booking_that_makes_no_sense_is_unknown(
    hall: TownHall, changes: dict[str, object]
) -> None:
    one, other = (await slots_of(hall))[:2]
    booked = await hall.adapter().book(one, request(), deadline=soon())
    answer = hall.simulator._shown(booked.ref.vendor_ref) | changes
    adapter = hall.adapter(beside({"POST /book": httpx.Response(202, json=answer)}))
    with pytest.raises(OutcomeUnknown):
        await adapter.book(other, request(), deadline=soon())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, headers={"error_code": "E1"}), BadAnswer),
        (httpx.Response(500), OutcomeUnknown),
        (httpx.Response(200, html="<html>"), OutcomeUnknown),
        (httpx.Response(302), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
    ],
)
async def test_a_cancellation_that_is_refused_is_told_from_one_that_is_lost(
    hall: TownHall, answer: httpx.Response, error: type[VendorError]
) -> None:
    booked = await hall.adapter().book((await slots_of(hall))[0], request(), deadline=soon())
    adapter = hall.adapter(beside({f"DELETE {booked.ref.vendor_ref}": answer}))
    with pytest.raises(error):
        await adapter.cancel(booked.ref, deadline=soon())
    assert len(hall.simulator.appointments) == 1


async def test_what_went_between_looking_and_cancelling_is_cancelled(hall: TownHall) -> None:
    booked = await hall.adapter().book((await slots_of(hall))[0], request(), deadline=soon())
    gone = httpx.Response(404, headers={"error_code": "E404"})
    adapter = hall.adapter(beside({f"DELETE {booked.ref.vendor_ref}": gone}))
    assert await adapter.cancel(booked.ref, deadline=soon()) == booked.ref


async def test_what_the_municipality_does_not_let_cancel_is_refused(hall: TownHall) -> None:
    slot = (await slots_of(hall, WEDDING))[0]
    booked = await hall.adapter().book(slot, request(), deadline=soon())
    assert booked.cancellable_until == hall.clock()
    with pytest.raises(CancellationClosed):
        await hall.adapter().cancel(booked.ref, deadline=soon())
    assert len(hall.simulator.appointments) == 1


# Who comes ---------------------------------------------------------------------------------


async def test_the_clerk_reads_our_reference_how_many_and_who_it_is_for(hall: TownHall) -> None:
    slot = (await slots_of(hall, (PASSPORT, 2), (DRIVING, 1)))[0]
    child = Person(given_name="Lou", family_name="Peeters\nRef. reference-of-hers")
    booked = await hall.adapter().book(slot, request(attendee=child), deadline=soon())
    assert booked.products == slot.products
    (kept,) = hall.simulator.appointments.values()
    assert kept.notes == (
        "Ref. reference-1\nVoor Lou Peeters Ref. reference-of-hers\n2 × Reispas, 1 × Rijbewijs"
    )
    read = await hall.adapter().appointment(booked.ref, deadline=soon())
    assert read.client_reference == "reference-1"


async def test_placeholders_carry_the_name_and_nothing_else(hall: TownHall) -> None:
    slot = (await slots_of(hall, (PASSPORT, 3)))[0]
    await hall.adapter().book(slot, request(match_key=NOOR), deadline=soon())
    first, *others = hall.simulator.customers.values()
    assert (first["externalId"], first["email"]) == ("noor", BOOKER.email)
    for other in others:
        assert (other["name"], other["email"], other["externalId"]) == ("Noor Peeters", None, None)
    assert len(others) == 2
    (found,) = await hall.adapter().appointments_of(NOOR, deadline=soon())
    assert [product.quantity for product in found.products] == [3]


async def test_only_what_is_asked_is_sent_and_in_the_vendors_names(hall: TownHall) -> None:
    slot = (await slots_of(hall))[0]
    fields = dict.fromkeys(
        ("familyName", "birthDate", "street", "houseNumber", "phone", "nationalNumber"), "optional"
    )
    person = BOOKER.model_copy(update={"national_number": "90051700295"})
    sent: list[dict[str, Any]] = []

    async def note(asked: httpx.Request) -> httpx.Response:
        if asked.url.path.endswith("/book"):
            sent.append(json.loads(asked.content))
        return await passed_on(asked)

    adapter = hall.adapter(httpx.MockTransport(note), fields=fields)
    await adapter.book(slot, request(booker=person), deadline=soon())
    assert sent[0]["customers"] == [
        {
            "lastName": "Peeters",
            "phone": "+3221234567",
            "dateOfBirth": "1990-05-17",
            "addressLine1": "Kerkstraat 12",
            "identificationNumber": "90051700295",
        }
    ]
    asked = await adapter.intake_fields((), deadline=soon())
    assert [field.name for field in asked if field.required] == []
    assert {field.name for field in asked} == set(fields)


async def test_a_national_number_is_no_external_id(hall: TownHall) -> None:
    slot = (await slots_of(hall))[0]
    key = MatchKey(kind="nationalNumber", value="90051700295")
    await hall.adapter().book(slot, request(match_key=key), deadline=soon())
    assert "90051700295" not in json.dumps(list(hall.simulator.customers.values()))


async def test_a_name_of_spaces_is_missing(hall: TownHall) -> None:
    slot = (await slots_of(hall))[0]
    nameless = BOOKER.model_copy(update={"family_name": "  "})
    with pytest.raises(CustomerFieldsMissing) as refused:
        await hall.adapter().book(slot, request(booker=nameless), deadline=soon())
    assert [issue.name for issue in refused.value.issues] == ["familyName"]
    assert hall.simulator.appointments == {}


async def test_another_branch_has_its_own_counters(hall: TownHall) -> None:
    slot = (await slots_of(hall))[0]
    assert slot.location_id == ZUID
    await hall.adapter().book(slot, request(), deadline=soon())
    other = next(
        each for each in await hall.adapter().locations(deadline=soon()) if each.id != ZUID
    )
    asked = query(EID, first=TUESDAY).model_copy(update={"location_id": other.id})
    assert (await hall.adapter().slots(asked, deadline=soon()))[0].start == slot.start
