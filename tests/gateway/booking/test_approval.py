"""Staff decides on a marriage; what it decided is seen when the citizen looks."""

from __future__ import annotations

import pytest

from contracts.models import AppointmentRef, AppointmentStatus
from tests.gateway.world import CONTACT, Json, World

PARTNER = CONTACT | {"answers": {"partner": "Bo Maes"}}


async def pending(world: World) -> Json:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot(product="1385"))).json()
    booked = await citizen.confirm(made, PARTNER)
    assert booked.status_code == 200, booked.text
    visit: Json = booked.json()
    return visit


def decide(world: World, status: AppointmentStatus) -> None:
    (entry,) = world.standing("aalst")
    world.adapter("aalst").desk.decide(AppointmentRef(vendor_ref=entry.ref), status)


@pytest.mark.parametrize(
    ("status", "state", "visit_state"),
    [
        (AppointmentStatus.CONFIRMED, "confirmed", "confirmed"),
        (AppointmentStatus.REJECTED, "rejected", "failed"),
        (AppointmentStatus.CANCELLED, "cancelled", "cancelled"),
    ],
)
async def test_what_staff_decides_is_seen_at_the_next_look(
    world: World, status: AppointmentStatus, state: str, visit_state: str
) -> None:
    visit = await pending(world)
    assert (visit["state"], visit["items"][0]["state"]) == ("confirming", "pendingApproval")

    decide(world, status)
    world.clock.advance(minutes=3)
    citizen = await world.log_in()
    (listed,) = (await citizen.appointments())["items"]

    assert listed["state"] == state
    assert (await citizen.visit(visit))["state"] == visit_state


async def test_a_booking_that_waits_for_staff_can_be_cancelled(world: World) -> None:
    visit = await pending(world)

    cancelled = await (await world.log_in()).cancel(visit["items"][0])

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")


async def test_what_needs_approval_goes_with_nothing_else_all_or_nothing(world: World) -> None:
    citizen = await world.log_in()
    slots = [
        await world.slot("aalst", product="1385"),
        await world.slot("mechelen", product="697", number=9),
    ]

    refused = await citizen.choose(*slots)
    apart = await citizen.choose(*slots, policy="bestEffort")

    assert (refused.status_code, refused.json()["code"]) == (422, "productsNotCombinable")
    assert apart.status_code == 201, apart.text


async def test_a_rejection_takes_the_rest_of_the_visit_with_it(world: World) -> None:
    """A vendor that asks for approval without having said so beforehand."""
    citizen = await world.log_in()
    visit = await citizen.book(await world.slot("aalst"), await world.slot("mechelen", number=5))
    aalst, mechelen = visit["items"]
    ledger = world.gateway.parts.ledger
    record = await ledger.appointment(aalst["id"])
    assert record is not None
    async with ledger._transactions.writing() as transaction:
        await transaction.connection.exec_driver_sql(
            f"UPDATE appointments SET state = 'pendingApproval' WHERE id = '{aalst['id']}'"  # noqa: S608
        )

    decide(world, AppointmentStatus.REJECTED)
    world.clock.advance(minutes=3)
    await citizen.appointments()
    await world.sweep()

    after = await citizen.visit(visit)
    assert [item["state"] for item in after["items"]] == ["rejected", "cancelled"]
    assert after["items"][1]["cancelledBy"] == "compensation"
    assert world.standing("mechelen") == []
    assert mechelen["state"] == "confirmed"
