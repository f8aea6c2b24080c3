"""How the adapter finds appointments again: by citizen and by our reference."""

from __future__ import annotations

import pytest

from contracts.adapter import Capability
from contracts.errors import (
    BadAnswer,
    CapabilityNotSupported,
    CustomerFieldsMissing,
)
from contracts.models import (
    MatchKey,
)
from contracts.suite.harness import BOOKER
from tests.adapters.vendors.jcc_soap.answers import Answers, element
from tests.adapters.vendors.jcc_soap.town_hall import (
    CITIZEN,
    WEDDING,
    first_slot,
    request,
    slots_of,
    soon,
    town_hall,
)

PSEUDONYM = MatchKey(kind="externalId", value="cGF0aWVudGx5LWEtcHNldWRvbnlt")
NUMBER = MatchKey(kind="nationalNumber", value=CITIZEN)
GONE = '<appointment xmlns=""/>'


async def test_a_citizen_is_found_by_a_pseudonym_that_fits() -> None:
    async with town_hall() as hall:
        slots = await slots_of(hall, hall.clock().date())
        mine = await hall.adapter().book(slots[0], request(match_key=PSEUDONYM), deadline=soon())
        past = await hall.adapter().book(slots[1], request(match_key=PSEUDONYM), deadline=soon())
        await hall.adapter().book(slots[2], request(), deadline=soon())
        (made, *_) = hall.simulator.appointments.values()
        assert len(made.details["clientID"]) == 16
        assert PSEUDONYM.value not in made.details["clientID"]
        found = await hall.adapter().appointments_of(PSEUDONYM, deadline=soon())
        assert found == [mine, past]
        hall.clock.move_to(mine.end)
        assert await hall.adapter().appointments_of(PSEUDONYM, deadline=soon()) == [past]


@pytest.mark.parametrize(
    ("kind", "citizen"),
    [
        ("none", PSEUDONYM),
        ("none", NUMBER),
        ("nationalNumber", PSEUDONYM),
        ("pseudonym", NUMBER),
    ],
)
async def test_what_a_citizen_is_known_by_goes_only_where_it_may(
    kind: str, citizen: MatchKey
) -> None:
    async with town_hall() as hall:
        adapter = hall.adapter(client_id=kind)
        slot = await first_slot(hall)
        await adapter.book(slot, request(match_key=citizen), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        assert "clientID" not in made.details
        with pytest.raises(CapabilityNotSupported):
            await adapter.appointments_of(citizen, deadline=soon())


@pytest.mark.parametrize(
    ("kind", "can"), [("none", False), ("nationalNumber", True), ("pseudonym", True)]
)
async def test_a_source_that_knows_nobody_cannot_look_a_citizen_up(kind: str, *, can: bool) -> None:
    async with town_hall() as hall:
        available = hall.adapter(client_id=kind).available()
        assert (Capability.APPOINTMENTS_OF in available) is can


async def test_a_number_that_the_citizen_must_give_is_not_replaced() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall, WEDDING)
        booker = BOOKER.model_copy(update={"national_number": CITIZEN})
        asked = request(booker=booker, match_key=PSEUDONYM)
        await hall.adapter().book(slot, asked, deadline=soon())
        (made,) = hall.simulator.appointments.values()
        assert made.details["clientID"] == CITIZEN


async def test_a_client_id_that_the_vendor_does_not_know_is_refused_with_its_code() -> None:
    async with town_hall(clients=(CITIZEN,)) as hall:
        slot = await first_slot(hall)
        adapter = hall.adapter(client_id="pseudonym")
        with pytest.raises(CustomerFieldsMissing) as refused:
            await adapter.book(slot, request(match_key=PSEUDONYM), deadline=soon())
        assert refused.value.vendor_code == "13"


async def test_an_appointment_that_goes_while_it_is_listed_is_left_out() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        await hall.adapter().book(slot, request(match_key=PSEUDONYM), deadline=soon())
        adapter = hall.adapter_hearing(Answers({"getGovAppointmentDetails": GONE}))
        assert await adapter.appointments_of(PSEUDONYM, deadline=soon()) == []


async def test_somebody_elses_case_is_no_answer_about_ours() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        await hall.adapter().book(slot, request("reference-1"), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        other = {**made.details, "appointmentID": "1", "caseID": "reference-10"}
        answers = Answers({"getGovAppointmentsCase": element("appointment", other)})
        adapter = hall.adapter_hearing(answers)
        with pytest.raises(BadAnswer):
            await adapter.find_by_client_reference("reference-1", near=slot, deadline=soon())


async def test_a_case_that_is_not_repeated_is_taken_for_ours() -> None:
    async with town_hall() as hall:
        slot = await first_slot(hall)
        await hall.adapter().book(slot, request("reference-1"), deadline=soon())
        (made,) = hall.simulator.appointments.values()
        bare = {**made.details, "appointmentID": "1", "caseID": ""}
        answers = Answers({"getGovAppointmentsCase": element("appointment", bare)})
        adapter = hall.adapter_hearing(answers)
        found = await adapter.find_by_client_reference("reference-1", near=slot, deadline=soon())
        assert found is not None
        assert found.ref.vendor_ref == "1"
