"""What is in the way of something else: refused, or told beforehand, as the municipality wants."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ChoiceRefused, CitizenTimeConflict, DuplicateBooking
from contracts.states import Risk
from gateway.booking.conflicts import warnings
from gateway.ledger import Engagement
from gateway.settings import Municipality, OnConflict
from tests.gateway.world import World, towns

NINE = datetime(2027, 3, 9, 8, tzinfo=UTC)
REFUSE, WARN = OnConflict.REFUSE, OnConflict.WARN
OTHER = "1041"


def at(minutes: int, *products: str, lasts: int = 20) -> Engagement:
    start = NINE + timedelta(minutes=minutes)
    return Engagement(start, start + timedelta(minutes=lasts), frozenset(products or ("697",)))


def town(time: OnConflict = REFUSE, product: OnConflict = WARN) -> Municipality:
    rules = {"time_conflict": time, "duplicate_product": product}
    return towns()["aalst"].model_copy(update=rules)


@pytest.mark.parametrize(
    ("minutes", "product", "found"),
    [
        (0, "697", {Risk.TIME_CONFLICT, Risk.DUPLICATE_PRODUCT}),
        (-19, OTHER, {Risk.TIME_CONFLICT}),
        (19, OTHER, {Risk.TIME_CONFLICT}),
        (-20, OTHER, set()),
        (20, OTHER, set()),
        (600, "697", {Risk.DUPLICATE_PRODUCT}),
    ],
)
def test_what_is_in_the_way(minutes: int, product: str, found: set[Risk]) -> None:
    assert at(0).conflicts([at(minutes, product)]) == found
    assert at(minutes, product).conflicts([at(0)]) == found


@pytest.mark.parametrize("time", list(OnConflict))
@pytest.mark.parametrize("product", list(OnConflict))
def test_each_municipality_has_its_own_rules(time: OnConflict, product: OnConflict) -> None:
    def outcome(wished: Engagement) -> object:
        try:
            return warnings([(town(time, product), wished)], [at(0)])
        except ChoiceRefused as refused:
            return type(refused)

    assert outcome(at(0, OTHER)) == (
        CitizenTimeConflict if time is REFUSE else (Risk.TIME_CONFLICT,)
    )
    assert outcome(at(60)) == (DuplicateBooking if product is REFUSE else (Risk.DUPLICATE_PRODUCT,))
    assert outcome(at(60, OTHER)) == ()


def test_of_several_each_is_judged_by_its_own_municipality() -> None:
    strict, lenient = town(product=REFUSE), town(product=WARN)
    there = [at(0)]
    assert warnings([(strict, at(60, OTHER)), (lenient, at(120))], there) == (
        Risk.DUPLICATE_PRODUCT,
    )
    with pytest.raises(DuplicateBooking):
        warnings([(strict, at(60)), (lenient, at(120, OTHER))], there)


def test_nobody_is_at_two_counters_of_one_visit_at_once() -> None:
    with pytest.raises(CitizenTimeConflict):
        warnings([(town(time=WARN), at(0)), (town(time=WARN), at(10, OTHER))], [])


def test_one_product_twice_in_one_visit_is_refused_only_where_that_is_wanted() -> None:
    assert warnings([(town(), at(0)), (town(), at(60))], []) == ()
    with pytest.raises(DuplicateBooking):
        warnings([(town(), at(0)), (town(product=REFUSE), at(60))], [])


# Through the whole gateway ---------------------------------------------------------------


def rules(world: World, name: str, **rules: OnConflict) -> None:
    source = world.gateway.sources[name]
    source.municipality = source.municipality.model_copy(update=rules)


async def test_a_second_one_for_the_same_product_is_told_before_it_is_agreed_to(
    world: World,
) -> None:
    citizen = await world.log_in()
    await citizen.book(await world.slot("aalst"))

    made = await citizen.choose(await world.slot("mechelen", number=9))
    booked = await citizen.confirm(made.json())

    assert made.json()["risks"] == ["duplicateProduct"]
    assert (booked.status_code, booked.json()["state"]) == (200, "confirmed")
    assert booked.json()["risks"] == ["duplicateProduct"]
    of_somebody_else = await (await world.log_in("sam")).choose(await world.slot(number=20))
    assert of_somebody_else.json()["risks"] == []


async def test_in_one_step_nobody_reads_a_warning_so_it_is_refused(world: World) -> None:
    citizen = await world.log_in()
    visit = await citizen.book(await world.slot("aalst"))
    there = await world.slot("mechelen", number=9)
    contact = {"booker": {"givenName": "Noor", "familyName": "T", "email": "noor@example.org"}}

    refused = await citizen.choose(
        there, confirm={"contact": contact, "guarantee": visit["guarantee"]}
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "duplicateBooking")
    assert world.held("mechelen") == []


async def test_a_municipality_may_refuse_a_second_one(world: World) -> None:
    rules(world, "mechelen", duplicate_product=REFUSE)
    citizen = await world.log_in()
    await citizen.book(await world.slot("aalst"))

    refused = await citizen.choose(await world.slot("mechelen", number=9))

    assert (refused.status_code, refused.json()["code"]) == (409, "duplicateBooking")
    for product in ("1835", "1041"):
        other = await world.slot("mechelen", product, number=9)
        assert (await citizen.choose(other)).status_code == 201


async def test_a_municipality_may_only_warn_of_two_at_one_time(world: World) -> None:
    rules(world, "mechelen", time_conflict=WARN)
    citizen = await world.log_in()
    here = await world.slot("aalst")
    there = await world.slot("mechelen", "1835")
    assert here["start"] == there["start"]
    await citizen.book(here)

    made = await citizen.choose(there)

    assert made.json()["risks"] == ["timeConflict"]
    assert (await citizen.confirm(made.json())).status_code == 200


async def test_what_came_in_the_way_since_it_was_chosen_was_not_told_and_is_refused(
    world: World,
) -> None:
    citizen = await world.log_in()
    slots = [await world.slot("aalst"), await world.slot("mechelen", number=9)]
    made = [(await citizen.choose(slot)).json() for slot in slots]

    answers = await asyncio.gather(*(citizen.confirm(each) for each in made))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["code"] == "duplicateBooking"


async def test_what_is_cancelled_or_over_is_in_nobodys_way(world: World) -> None:
    rules(world, "aalst", duplicate_product=REFUSE)
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    await citizen.cancel(item)
    await citizen.book(await world.slot(number=1))

    world.clock.advance(hours=30)
    citizen = await world.log_in()
    again = await citizen.choose(await world.slot(number=5))

    assert (again.status_code, again.json()["risks"]) == (201, [])


async def test_nothing_is_moved_onto_something_else_of_the_same_citizen(world: World) -> None:
    citizen = await world.log_in()
    (other,) = (await citizen.book(await world.slot("mechelen", "1835", number=9)))["items"]
    (item,) = (await citizen.book(await world.slot("aalst")))["items"]
    there = next(slot for slot in await world.slots("aalst") if slot["start"] == other["start"])

    refused = await citizen.move(item, there)
    moved = await citizen.move(item, await world.slot("aalst", number=1))

    assert (refused.status_code, refused.json()["code"]) == (409, "citizenTimeConflict")
    assert moved.status_code == 200, moved.text
    assert world.adapter("aalst").faults.calls["reschedule"] == 1
