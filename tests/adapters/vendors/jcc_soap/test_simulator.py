"""The simulator speaks the protocol: JCC's own WSDL, and the quirks that are known."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from lxml import etree

from adapters.vendors.jcc_soap.simulator_soap import OPERATIONS, TYPES, request_element, schema
from tests.adapters.vendors.jcc_soap import recordings
from tests.adapters.vendors.jcc_soap.recordings import XSD
from tests.adapters.vendors.jcc_soap.town_hall import (
    CITIZEN,
    EID,
    LICENCE,
    PASS,
    WEDDING,
    TownHall,
    town_hall,
)

NS = "http://www.genericCBS.org/GenericCBS/"
DETAILS = "getGovAppointmentDetailsRequest"
DELETE = "deleteGovAppointmentRequest"
TUESDAY = "2027-03-09"
CLIENT = (
    "<clientLastName>Peeters</clientLastName>{more}"
    "<clientDateOfBirth>1990-05-17</clientDateOfBirth><clientInitials>N.</clientInitials>"
)


class Caller:
    """A client of the vendor, not ours: it writes its envelopes out."""

    def __init__(self, hall: TownHall) -> None:
        settings = hall.settings
        self.page = settings["base_url"]
        self.http = httpx.AsyncClient(
            auth=(settings["username"], settings["password"]), trust_env=False
        )
        hall.stack.push_async_callback(self.http.aclose)

    async def post(self, content: str) -> httpx.Response:
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<e:Body>{content}</e:Body></e:Envelope>"
        )
        return await self.http.post(
            self.page, content=envelope.encode(), headers={"Content-Type": "text/xml"}
        )

    async def call(self, operation: str, fields: str = "") -> etree._Element:
        name = request_element(operation)
        answer = await self.post(f'<g:{name} xmlns:g="{NS}">{fields}</g:{name}>')
        assert answer.status_code == 200, answer.text
        assert not recordings.KEPT or recordings.mistakes(answer.content) == []
        found = recordings.payload(answer.content)
        assert found.tag == f"{{{NS}}}{operation}Response"
        return found

    async def texts(self, operation: str, fields: str) -> list[str | None]:
        return [child.text for child in await self.call(operation, fields)]

    async def times(self, products: str = EID, duration: int = 0) -> list[str | None]:
        asked = (
            f"<date>{TUESDAY}</date><productID>{products}</productID><locationID>1</locationID>"
            f"<appDuration>{duration}</appDuration>"
        )
        return await self.texts("getGovAvailableTimesPerDay", asked)

    async def book(self, **changes: str) -> tuple[str, str]:
        """Status and id."""
        found = await self.call(
            "bookGovAppointment", f"<appDetail>{appointment(**changes)}</appDetail>"
        )
        return found.findtext("updateStatus") or "", found.findtext("appID") or ""


def appointment(**changes: str) -> str:
    given = {"products": EID, "place": "1", "start": f"{TUESDAY}T09:00:00", "case": "case-1"}
    given |= {"client": CLIENT.format(more=""), "client_id": "", **changes}
    known = f"<clientID>{given['client_id']}</clientID>" if given["client_id"] else ""
    return (
        f"<productID>{given['products']}</productID>{known}{given['client']}"
        f"<locationID>{given['place']}</locationID>"
        f"<appStartTime>{given['start']}</appStartTime><appEndTime>{given['start']}</appEndTime>"
        f"<caseID>{given['case']}</caseID><isClientVerified>false</isClientVerified>"
        "<isRecurring>false</isRecurring>"
    )


@pytest.fixture
async def hall() -> AsyncIterator[TownHall]:
    async with town_hall() as hall:
        yield hall


@pytest.fixture
def caller(hall: TownHall) -> Caller:
    return Caller(hall)


def described(root: etree._Element, path: str) -> list[tuple[str | None, ...]]:
    names = ("name", "type", "minOccurs", "maxOccurs", "form")
    return [
        tuple(element.get(name) for name in names)
        for element in root.iterfind(f".//{path}{XSD}sequence/{XSD}element")
    ]


@recordings.present
def test_its_messages_are_those_of_the_real_wsdl() -> None:
    ours, real = schema(), recordings.wsdl()
    paths = [f"{XSD}complexType[@name='{name}']/" for name in TYPES]
    paths += [
        f"{XSD}element[@name='{name}']/{XSD}complexType/"
        for operation in OPERATIONS
        for name in (request_element(operation), f"{operation}Response")
    ]
    for path in paths:
        assert described(ours, path) == described(real, path), path
        assert described(ours, path)


@recordings.present
def test_every_operation_of_its_own_is_in_the_real_wsdl() -> None:
    actions = {
        element.get("soapAction")
        for element in recordings.wsdl().iterfind(".//{*}operation/{*}operation")
    }
    assert {f"{NS}{operation}" for operation in OPERATIONS} <= actions


async def test_its_wsdl_is_for_whoever_may_come_in(caller: Caller) -> None:
    answer = await caller.http.get(f"{caller.page}?wsdl")
    assert answer.status_code == 200
    assert caller.page.encode() in answer.content
    assert (await caller.http.get(f"{caller.page}?wsdl", auth=("a", "b"))).status_code == 401
    assert (await caller.http.post(caller.page, auth=("a", "b"))).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text",
        f'<g:getGovAppointmentsRequest xmlns:g="{NS}"/>',
        f'<g:getGovAvailableDaysRequest xmlns:g="{NS}"/>',
        f'<g:{DELETE} xmlns:g="{NS}"><g:appID>1</g:appID></g:{DELETE}>',
        f"<{DELETE}><appID>1</appID></{DELETE}>",
        "<",
    ],
    ids=["nothing", "text", "not offered", "incomplete", "qualified", "unqualified", "no XML"],
)
async def test_what_the_wsdl_does_not_allow_is_a_fault(caller: Caller, content: str) -> None:
    answer = await caller.post(content)
    assert answer.status_code == 500
    assert str(recordings.payload(answer.content).tag).endswith("}Fault")


async def test_an_amount_is_an_id_that_is_repeated(caller: Caller) -> None:
    asked = "<productID>{}</productID><AppointmentDate>2027-03-09</AppointmentDate>"
    durations = [
        await caller.texts("getGovAppointmentDuration", asked.format(listed))
        for listed in ("1", "1,2,1", "2,2,2,2", "2,2,2,2,2", "1,15")
    ]
    assert durations == [["10"], ["30"], ["40"], ["0"], ["0"]]
    await caller.book(products="2,2")
    booked = await caller.call("getGovAppointmentDetails", "<appID>1234567000</appID>")
    assert booked.findtext("appointment/productID") == "2,2"
    assert booked.findtext("appointment/appEndTime") == "2027-03-09T09:20:00"


async def test_only_what_goes_together_can_be_added(caller: Caller) -> None:
    async def addable(chosen: str) -> list[str | None]:
        found = await caller.call(
            "getGovAvailableProductsByProduct", f"<ProductNr>{chosen}</ProductNr>"
        )
        return [product.findtext("productId") for product in found]

    assert await addable(PASS) == ["1", "2", "5", "8"]
    assert await addable(f"{PASS},{LICENCE}") == ["1", "2", "8"]
    assert await addable(WEDDING) == []
    assert await addable("99") == []


async def test_a_duration_that_is_made_up_gives_other_times(caller: Caller) -> None:
    computed = await caller.times()
    assert computed[0] == "2027-03-09T09:00:00"
    assert len(await caller.times(duration=120)) < len(computed)


async def test_days_are_those_with_a_free_time(caller: Caller) -> None:
    asked = (
        "<locationID>1</locationID><productID>1</productID><startDate>2027-03-12</startDate>"
        "<endDate>2027-03-15</endDate><appDuration>0</appDuration>"
    )
    assert await caller.texts("getGovAvailableDays", asked) == ["2027-03-12", "2027-03-15"]


async def test_a_place_that_is_closed_in_the_third_period_says_so(caller: Caller) -> None:
    found = await caller.call("getGovLocationsForProduct", "<productID>1</productID>")
    opening = found.find("location/locationOpeningHours")
    assert opening is not None
    assert opening.findtext("fromTime1") == "0001-01-01T09:00:00"
    assert opening.findtext("fromTime3") == "0001-01-01T00:00:00"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "0"),
        ({"products": "99"}, "7"),
        ({"products": "1,15"}, "7"),
        ({"products": "2,2,2,2,2"}, "7"),
        ({"place": "9"}, "3"),
        ({"client": "<clientDateOfBirth>1990-05-17</clientDateOfBirth>"}, "4"),
        ({"products": LICENCE}, "12"),
        ({"client": CLIENT.format(more="<clientSex>X</clientSex>")}, "14"),
        ({"start": "2027-03-05T09:00:00"}, "1"),
        ({"start": "2027-03-09T08:00:00"}, "5"),
        ({"start": "2027-03-14T09:00:00"}, "5"),
    ],
    ids=str,
)
async def test_the_result_of_a_booking_is_a_number(
    hall: TownHall, caller: Caller, changes: dict[str, str], status: str
) -> None:
    assert (await caller.book(**changes))[0] == status
    assert len(hall.simulator.appointments) == (status == "0")


async def test_a_taken_time_is_full_until_it_is_given_back(caller: Caller) -> None:
    _, known = await caller.book()
    assert await caller.book() == ("5", "")
    assert await caller.texts("deleteGovAppointment", f"<appID>{known}</appID>") == ["0"]
    assert await caller.texts("deleteGovAppointment", f"<appID>{known}</appID>") == ["2"]
    assert (await caller.book())[0] == "0"


async def test_a_time_with_an_offset_is_registered_as_another_one(caller: Caller) -> None:
    _, known = await caller.book(start=f"{TUESDAY}T11:00:00+01:00")
    found = await caller.call("getGovAppointmentDetails", f"<appID>{known}</appID>")
    assert found.findtext("appointment/appStartTime") == "2027-03-09T10:00:00"


async def test_what_is_not_known_is_an_empty_element(caller: Caller) -> None:
    # As the real one does, against its own WSDL.
    answer = await caller.post(f'<g:{DETAILS} xmlns:g="{NS}"><appID>1</appID></g:{DETAILS}>')
    assert answer.status_code == 200
    (nothing,) = recordings.payload(answer.content)
    assert (nothing.tag, nothing.text, len(nothing)) == ("appointment", None, 0)


async def test_an_update_keeps_the_id_and_may_overlap_itself(caller: Caller) -> None:
    _, known = await caller.book()
    moved = appointment(products="2,2", start=f"{TUESDAY}T09:15:00", case="case-2")
    asked = f"<appUpdate>{moved}</appUpdate><appId>{known}</appId>"
    assert await caller.texts("updateGovAppointment", asked) == ["0"]
    found = await caller.call("getGovAppointmentsCase", "<caseID>case-2</caseID>")
    assert [each.findtext("appointmentID") for each in found] == [known]
    assert found.findtext("appointment/appEndTime") == f"{TUESDAY}T09:35:00"
    assert len(await caller.call("getGovAppointmentsCase", "<caseID>case-1</caseID>")) == 0
    nobody = f"<appUpdate>{moved}</appUpdate><appId>1</appId>"
    assert await caller.texts("updateGovAppointment", nobody) == ["-1"]


async def test_a_citizen_is_found_by_number_and_by_client_id(caller: Caller) -> None:
    _, known = await caller.book(client_id=CITIZEN)
    await caller.book(start=f"{TUESDAY}T10:00:00", client_id="another")
    by_number = await caller.call("getGovAppointmentsBSN", f"<BSN>{CITIZEN}</BSN>")
    by_id = await caller.call("getGovAppointmentsByClientID", f"<clientID>{CITIZEN}</clientID>")
    for found in (by_number, by_id):
        assert [each.findtext("appointmentID") for each in found] == [known]
    assert by_number.findtext("appointment/appStartTime") == f"{TUESDAY}T09:00:00"
    assert by_id.find("appointment/appStartTime") is None


async def test_a_register_of_clients_knows_no_others() -> None:
    async with town_hall(clients=(CITIZEN,)) as hall:
        caller = Caller(hall)
        assert (await caller.book(client_id="another"))[0] == "13"
        assert (await caller.book(client_id=CITIZEN))[0] == "0"


async def test_an_old_installation_does_not_know_the_newest_field() -> None:
    async with town_hall(lacks=("isRecurring",)) as hall:
        caller = Caller(hall)
        assert b"isRecurring" not in (await caller.http.get(f"{caller.page}?wsdl")).content
        booking = f"<appDetail>{appointment()}</appDetail>"
        new = f'<g:bookGovAppointmentRequest xmlns:g="{NS}">{booking}</g:bookGovAppointmentRequest>'
        assert (await caller.post(new)).status_code == 500
        old = new.replace("<isRecurring>false</isRecurring>", "")
        assert (await caller.post(old)).status_code == 200
        assert len(hall.simulator.appointments) == 1
