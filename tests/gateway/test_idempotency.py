"""The same key does a thing once, whoever repeats it and however often."""

from __future__ import annotations

import asyncio
import json

from contracts.errors import SlotTaken
from gateway import idempotency
from tests.gateway.world import CONTACT, World

KEY = "the-same-key-again"


async def test_the_same_key_books_once(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    confirm = {"contact": CONTACT, "guarantee": "singleCall"}

    first = await citizen.choose(slot, key=KEY, confirm=confirm)
    again = await citizen.choose(slot, key=KEY, confirm=confirm)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(world.standing("aalst")) == 1


async def test_the_same_key_at_once_books_once(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()
    confirm = {"contact": CONTACT, "guarantee": "singleCall"}

    answers = await asyncio.gather(
        *(citizen.choose(slot, key=KEY, confirm=confirm) for _ in range(5))
    )

    refused = [answer for answer in answers if answer.status_code == 409]
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert refused
    for answer in refused:
        assert (answer.json()["code"], answer.json()["retry"]) == ("idempotencyInFlight", "after")
        assert answer.headers["Retry-After"] == "1"
    assert len(world.standing("aalst")) == 1
    again = await citizen.choose(slot, key=KEY, confirm=confirm)
    assert (again.status_code, again.json()["state"]) == (201, "confirmed")


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    citizen = await world.log_in()
    made = await citizen.choose(await world.slot(), key=KEY)

    other = await citizen.choose(await world.slot(number=4), key=KEY)
    elsewhere = await citizen.confirm(made.json(), key=KEY)

    for answer in (other, elsewhere):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotencyKeyReused")
    assert len(world.held("aalst")) == 1


async def test_the_same_wish_written_otherwise_is_the_same(world: World) -> None:
    citizen = await world.log_in()
    body = {"slots": [(await world.slot())["slotId"]], "policy": "allOrNothing"}
    first = await citizen.post("/booking/v1/visits", body, key=KEY)
    turned = json.dumps(dict(reversed(body.items())), indent=3).encode()

    again = await citizen.post(
        "/booking/v1/visits", key=KEY, content=turned, headers={"Content-Type": "application/json"}
    )

    assert again.json()["id"] == first.json()["id"]


async def test_a_key_is_needed_and_has_a_shape(world: World) -> None:
    citizen = await world.log_in()
    slot = await world.slot()

    for key in ("", "short", "k" * 65, "no spaces in a key please"):
        refused = await citizen.post(
            "/booking/v1/visits",
            {"slots": [slot["slotId"]]},
            headers={"Idempotency-Key": key},
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "idempotencyKeyMissing"), key
    missing = await world.client.post(
        "/booking/v1/visits",
        json={"slots": [slot["slotId"]]},
        headers={
            name: value for name, value in citizen._headers.items() if name != "Idempotency-Key"
        },
    )
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotencyKeyMissing")
    assert world.held("aalst") == []


async def test_another_citizen_may_use_the_same_key(world: World) -> None:
    noor, sam = await world.log_in("noor"), await world.log_in("sam")

    hers = await noor.choose(await world.slot(), key=KEY)
    his = await sam.choose(await world.slot(number=4), key=KEY)

    assert (hers.status_code, his.status_code) == (201, 201)
    assert hers.json()["id"] != his.json()["id"]


async def test_a_refusal_is_repeated_in_the_language_of_who_asks(world: World) -> None:
    citizen = await world.log_in()
    made = (await citizen.choose(await world.slot())).json()
    world.goes_wrong("aalst", "confirm", SlotTaken("Gone."))

    dutch = await citizen.confirm(made, key=KEY)
    body = {"contact": CONTACT, "guarantee": made["guarantee"]}
    french = await citizen.post(
        f"/booking/v1/visits/{made['id']}/confirm",
        body,
        key=KEY,
        headers={"Accept-Language": "fr"},
    )

    assert (dutch.status_code, french.status_code) == (409, 409)
    assert (dutch.headers["Content-Language"], french.headers["Content-Language"]) == ("nl", "fr")
    assert dutch.json()["detail"].startswith("Iemand anders")
    assert french.json()["detail"].startswith("Quelqu’un d’autre")
    assert world.adapter("aalst").faults.calls["confirm"] == 1


async def test_the_same_key_cancels_and_moves_once(world: World) -> None:
    citizen = await world.log_in()
    (item,) = (await citizen.book(await world.slot()))["items"]
    target = await world.slot(number=5)

    moves = [await citizen.move(item, target, key="move-" + KEY) for _ in range(2)]
    cancels = [await citizen.cancel(item, key="cancel-" + KEY) for _ in range(2)]

    assert [answer.status_code for answer in (*moves, *cancels)] == [200] * 4
    assert moves[0].json() == moves[1].json()
    assert cancels[0].json() == cancels[1].json()
    assert world.adapter("aalst").faults.calls["reschedule"] == 1
    assert world.adapter("aalst").faults.calls["cancel"] == 1


async def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    citizen = await world.log_in()
    await citizen.choose(await world.slot(), key=KEY)

    world.clock.advance(hours=25)
    await world.gateway.idempotency.forget()

    citizen = await world.log_in()
    other = await citizen.choose(await world.slot(number=4), key=KEY)
    assert other.status_code == 201, other.text


async def test_a_request_that_never_ended_does_not_hold_its_key_for_ever(world: World) -> None:
    citizen = await world.log_in()
    use = world.gateway.idempotency.use
    slot = await world.slot()
    operation, body = "createVisit", json.dumps({"slots": [slot["slotId"]]}).encode()
    dying = use(citizen.citizen_key, KEY, operation, body)
    begun = await dying.__aenter__()

    early = await citizen.choose(slot, key=KEY)
    world.clock.advance(seconds=idempotency._RUNS_AT_MOST.total_seconds() + 1)
    later = await citizen.choose(slot, key=KEY)

    assert (early.status_code, early.json()["code"]) == (409, "idempotencyInFlight")
    assert (later.status_code, later.json()["id"]) == (201, begun.resource_id)
