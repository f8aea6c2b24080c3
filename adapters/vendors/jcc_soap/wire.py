"""The payloads of JCC's GenericGuidanceSystem2, as its WSDL describes them, in SOAP 1.1.

Every field of an answer may be absent or an empty element; both mean that it has no value.
Times are naive and local, durations are in minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from lxml import etree

from adapters import safe_xml
from contracts.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from adapters.http import Parts

T = TypeVar("T")

MESSAGES = "http://www.genericCBS.org/GenericCBS/"
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_XML_KINDS = frozenset({"text/xml", "application/xml"})

# The one message in use whose element is not named after its operation.
_REQUEST_ELEMENTS = {"getGovAppointmentDuration": "getGovAppointmentDuration"}

# What .NET writes for a date, a time and a yes or no that were never set.
_NEVER_SET = frozenset({"0001-01-01", "0001-01-01T00:00:00", "false"})

Naive = Annotated[datetime, msgspec.Meta(tz=False)]
Fields = Mapping[str, "str | Mapping[str, str]"]


class Product(msgspec.Struct):
    """A product in a list. ``most`` is a number as text; absent or 0 is no limit."""

    id: str = msgspec.field(name="productId")
    name: str = msgspec.field(name="productDesc", default="")
    most: int = msgspec.field(name="productMaxCountForEvent", default=0)


class ProductDetails(msgspec.Struct):
    """``requisites`` is what to bring, as HTML in base64, in any number of pieces."""

    minutes: int = msgspec.field(name="appDuration")
    requisites: str | list[str] = []


class Place(msgspec.Struct):
    """A location at which products are handled."""

    id: str = msgspec.field(name="locationID")


class LocationDetails(msgspec.Struct):
    """A location's name and address."""

    name: str = msgspec.field(name="locationDesc", default="")
    street: str = msgspec.field(name="address", default="")
    postal_code: str = msgspec.field(name="postalcode", default="")
    city: str = ""
    telephone: str = ""


class Written(msgspec.Struct):
    """The answer to a write: HTTP 200 whatever came of it. ``status`` 0 is success."""

    status: int = msgspec.field(name="updateStatus")
    id: str = msgspec.field(name="appID", default="")


class Appointment(msgspec.Struct):
    """What is booked; ``products`` lists an id as often as it was booked: ``1,2,1``.

    ``id`` is absent where it was asked for by its id.
    """

    products: str = msgspec.field(name="productID")
    location: str = msgspec.field(name="locationID")
    start: Naive = msgspec.field(name="appStartTime")
    end: Naive = msgspec.field(name="appEndTime")
    id: str = msgspec.field(name="appointmentID", default="")
    case_id: str = msgspec.field(name="caseID", default="")


class AppointmentId(msgspec.Struct):
    """An appointment in a list that tells no times."""

    id: str = msgspec.field(name="appointmentID")


# Asking -----------------------------------------------------------------------------------


def request(operation: str, fields: Fields) -> Parts:
    """What a call sends. Fields must be in the order of the WSDL: .NET skips the others."""
    envelope = etree.Element(f"{_SOAP}Envelope")
    body = etree.SubElement(envelope, f"{_SOAP}Body")
    name = _REQUEST_ELEMENTS.get(operation, f"{operation}Request")
    _fill(etree.SubElement(body, f"{{{MESSAGES}}}{name}"), fields)
    action = f'"{MESSAGES}{operation}"'
    return {
        "content": etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
        "headers": {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action},
    }


def _fill(parent: etree._Element, fields: Fields) -> None:
    for name, value in fields.items():
        child = etree.SubElement(parent, name)
        if isinstance(value, str):
            child.text = safe_xml.writable(value)
        else:
            _fill(child, value)


# Reading ----------------------------------------------------------------------------------


def answer(response: httpx.Response, operation: str) -> etree._Element:
    """What the answer to a call holds.

    Raises:
        BadAnswer: it is not the answer to this call.
    """
    root = _parse(response)
    body = root.find(f"{_SOAP}Body") if root.tag == f"{_SOAP}Envelope" else None
    if body is None or len(body) != 1:
        raise BadAnswer("It did not answer with a SOAP envelope.")
    if body[0].tag == f"{_SOAP}Fault":
        # Its text is not repeated: some servers quote the request in it.
        raise BadAnswer("It answered with a SOAP fault.")
    if body[0].tag != f"{{{MESSAGES}}}{operation}Response":
        raise BadAnswer(f"It did not answer to {operation}.")
    return body[0]


def sequence(response: httpx.Response, type_name: str) -> Sequence[str]:
    """The fields of a type in a WSDL, in order.

    Raises:
        BadAnswer: it is no WSDL, or another one.
    """
    elements = _parse(response).iterfind(
        f".//{_XSD}complexType[@name='{type_name}']/{_XSD}sequence/{_XSD}element"
    )
    names = [str(element.get("name")) for element in elements]
    if not names:
        raise BadAnswer(f"Its WSDL does not describe {type_name}.")
    return names


def texts(element: etree._Element) -> dict[str, str | list[str]]:
    """The fields of an element that have a value; one that is repeated becomes a list.

    By their local names: the WSDL has fields without a namespace, and not every SOAP stack
    between JCC and us keeps to that.
    """
    found: dict[str, list[str]] = {}
    for child in element:
        if child.text:
            found.setdefault(etree.QName(child).localname, []).append(child.text)
    return {name: given[0] if len(given) == 1 else given for name, given in found.items()}


def is_nothing(element: etree._Element) -> bool:
    """Whether an element stands for something that is not there: it holds no value."""
    return _NEVER_SET.issuperset(child.text for child in element if child.text)


def read(element: etree._Element, into: type[T]) -> T:
    """An element as one of the types above, or its text as a number, a date or a text.

    Raises:
        BadAnswer: it is no such thing.
    """
    is_record = msgspec.inspect.is_struct_type(into)
    try:
        return msgspec.convert(
            texts(element) if is_record else element.text or "", into, strict=False
        )
    except msgspec.ValidationError as error:
        _, _, where = str(error).partition(" - at ")
        raise BadAnswer(f"Its XML is not as agreed at {where or 'a value'}.") from None


def _parse(response: httpx.Response) -> etree._Element:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _XML_KINDS:
        raise BadAnswer("It did not answer with XML.")
    return safe_xml.parse(response.content)
