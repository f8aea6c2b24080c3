from __future__ import annotations

from tests.gateway.conftest import CONTACT, World


async def test_a_citizen_books_sees_and_cancels(world: World) -> None:
    citizen = await world.log_in()
    slot = (await world.slots())[0]

    made = await citizen.post("/booking/v1/visits", {"slots": [slot["slotId"]]})
    assert made.status_code == 201, made.text
    visit = made.json()
    assert visit["state"] == "held"
    assert visit["guarantee"] == "singleCall"
    assert {field["name"] for field in visit["items"][0]["intakeFields"]} >= {"familyName"}

    booked = await citizen.post(
        f"/booking/v1/visits/{visit['id']}/confirm",
        {"contact": CONTACT, "guarantee": visit["guarantee"]},
    )
    assert booked.status_code == 200, booked.text
    assert booked.json()["state"] == "confirmed"

    mine = (await citizen.get("/booking/v1/appointments")).json()
    assert [item["start"] for item in mine["items"]] == [slot["start"]]
    assert mine["items"][0]["canCancel"] is True

    cancelled = await citizen.post(f"/booking/v1/appointments/{mine['items'][0]['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["state"] == "cancelled"
    assert slot["start"] in {each["start"] for each in await world.slots()}
