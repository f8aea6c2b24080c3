"""Answers of a real GGS2, as its clients keep them for their tests, read by the adapter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.vendors.jcc_soap.adapter import _REFUSALS, Adapter
from adapters.vendors.jcc_soap.settings import JccSoapSettings
from contracts.adapter import AdapterContext
from contracts.errors import AppointmentNotFound, BookingError, OutcomeUnknown, SlotInPast
from contracts.models import AppointmentRef, Person, ProductQuantity, Slot, SlotQuery
from tests.adapters.vendors.jcc_soap import recordings
from tests.adapters.vendors.jcc_soap.recordings import KEPT
from tests.adapters.vendors.jcc_soap.town_hall import operation, request, soon

pytestmark = recordings.present

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2021, 8, 18, 10, tzinfo=UTC)
REF = AppointmentRef(vendor_ref="1234567890")
PASSPORT = ProductQuantity(product_id="1")
START = datetime(2026, 11, 26, 8, tzinfo=UTC)
SLOT = Slot(location_id="1", start=START, end=START + timedelta(minutes=10), products=(PASSPORT,))
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<{0}Response xmlns="http://www.genericCBS.org/GenericCBS/">{1}</{0}Response>'
    "</s:Body></s:Envelope>"
)


class Recording(httpx.AsyncBaseTransport):
    """Answers what was kept; ``files`` and ``added`` (the inner XML) by operation come first."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.added: dict[str, str] = {"getGovAppointmentsCase": ""}
        self.sent: dict[str, bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = operation(request)
        self.sent[name] = request.content
        if request.method == "GET":
            body = KEPT[recordings.WSDL]
        elif name in self.added:
            body = _ENVELOPE.format(name, self.added[name]).encode()
        else:
            file = self.files.get(name, f"{name[0].lower()}{name[1:]}Response.xml")
            body = KEPT[file]
            # One was kept under the name of another operation, which its own test never saw.
            body = body.replace(b"getGovAvailableDays", name.encode())
        return httpx.Response(200, headers={"Content-Type": "text/xml"}, content=body)


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def adapter(recording: Recording) -> Adapter:
    settings = JccSoapSettings(base_url="https://jcc.example/GenericGuidanceSystem2.asmx")
    return Adapter(settings, AdapterContext("jcc", AMSTERDAM, lambda: NOW), transport=recording)


async def test_the_catalogue_is_read(adapter: Adapter) -> None:
    passport, licence, extract = await adapter.products(deadline=soon())
    assert [passport.id, licence.id, extract.id] == ["1", "5", "15"]
    assert licence.name == "Rijbewijs aanvraag (Drivers license)"
    assert passport.duration == timedelta(minutes=10)
    assert passport.max_quantity is None
    assert passport.description == "Tekst met HTML opmaak\nTest"


async def test_locations_are_read_with_their_address(adapter: Adapter) -> None:
    first, second = await adapter.locations(deadline=soon())
    assert (first.id, second.id) == ("1", "2")
    assert (first.name, first.zone) == ("Maykin Media", "Europe/Amsterdam")
    assert first.telephone == "012-3456789"
    assert first.address is not None
    assert (first.address.street, first.address.city) == ("Straat 1", "Stad")


async def test_slots_are_read_in_the_sources_zone(adapter: Adapter, recording: Recording) -> None:
    recording.added = {
        "getGovLocationsForProduct": '<location xmlns=""><locationID>1</locationID></location>',
        "getGovLatestPlanDate": '<latestPlanDate xmlns="">2021-12-31</latestPlanDate>',
        "getGovAppointmentDuration": '<out xmlns="">10</out>',
    }
    query = SlotQuery(
        location_id="1",
        products=(PASSPORT,),
        first_day=date(2021, 8, 18),
        last_day=date(2021, 8, 27),
    )
    slots = await adapter.slots(query, deadline=soon())
    # The same list was kept for each of the three days; it is that of the last.
    assert len(slots) == 106
    assert slots[0].start == datetime(2021, 8, 23, 6, 0, tzinfo=UTC)
    assert slots[-1].start.astimezone(AMSTERDAM).isoformat() == "2021-08-23T19:50:00+02:00"
    assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=10)}


async def test_the_required_fields_are_asked(adapter: Adapter) -> None:
    fields = await adapter.intake_fields([PASSPORT], deadline=soon())
    required = {field.name for field in fields if field.required}
    assert required == {"familyName", "birthDate", "phone", "email"}
    assert {field.name for field in fields} - required == {"givenName"}


def fields_of(booking: bytes) -> list[tuple[str, str | None]]:
    return [(str(field.tag), field.text) for field in recordings.payload(booking)[0]]


async def test_a_booking_is_written_as_another_client_does(
    adapter: Adapter, recording: Recording
) -> None:
    recording.added["GetRequiredClientFields"] = ""
    booker = Person(family_name="Peeters", birth_date=date(1980, 1, 1))
    booked = await adapter.book(SLOT, request(booker=booker), deadline=soon())
    assert booked.ref == REF
    theirs = fields_of(KEPT["zeep_bookGovAppointment_request.xml"])
    ours = fields_of(recording.sent["bookGovAppointment"])
    assert [name for name, _ in ours if name != "caseID"] == [name for name, _ in theirs]
    # The end is not looked at: they repeat the start. The reference is ours alone.
    assert [field for field in ours if field not in theirs] == [
        ("appEndTime", "2026-11-26T09:10:00"),
        ("caseID", "reference-1"),
    ]
    assert [field for field in theirs if field not in ours] == [
        ("appEndTime", "2026-11-26T09:00:00")
    ]


async def test_a_refused_booking_is_read(adapter: Adapter, recording: Recording) -> None:
    recording.files["bookGovAppointment"] = "failedBookGovAppointmentResponse.xml"
    with pytest.raises(SlotInPast) as refused:
        await adapter.book(SLOT, request(), deadline=soon())
    assert refused.value.vendor_code == "1"


async def test_an_appointment_is_read(adapter: Adapter) -> None:
    found = await adapter.appointment(REF, deadline=soon())
    assert found.ref == REF
    assert found.start == datetime(2021, 8, 30, 13, 0, tzinfo=UTC)
    assert found.end - found.start == timedelta(minutes=15)
    assert (found.location_id, found.products) == ("1", (PASSPORT,))


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        '<appointment xmlns=""/>',
        '<appointment xmlns=""><productID/><isRecurring>false</isRecurring></appointment>',
    ],
    ids=["absent", "empty", "never set"],
)
async def test_an_empty_appointment_is_one_that_is_not_known(
    adapter: Adapter, recording: Recording, nothing: str
) -> None:
    recording.added["getGovAppointmentDetails"] = nothing
    with pytest.raises(AppointmentNotFound):
        await adapter.appointment(REF, deadline=soon())


async def test_every_known_status_of_a_booking_has_a_meaning(
    adapter: Adapter, recording: Recording
) -> None:
    codes = json.loads(KEPT["status_codes.json"])
    for code, name in codes["bookGovAppointment.updateStatus"].items():
        if code == "0":
            continue
        status = f'<updateStatus xmlns="">{code}</updateStatus>'
        recording.added["bookGovAppointment"] = status
        with pytest.raises(BookingError) as refused:
            await adapter.book(SLOT, request(), deadline=soon())
        assert refused.value.vendor_code == code
        is_unknown = isinstance(refused.value, OutcomeUnknown)
        assert is_unknown == (name == "UNKNOWN_ERROR") == (int(code) not in _REFUSALS)
