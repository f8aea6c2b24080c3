"""SOAP for the simulator: the part of JCC's WSDL that it serves, and messages as plain dicts.

The messages are tables: ``name`` is a text that must be there, ``name?`` one that may be,
``name*`` any number of them; ``name:int`` has another type. Fields go over the wire in the
order of their table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Container

Content = Mapping[str, Any]
"""Fields by name: a text or a number, a ``Content``, or a sequence of one of these."""

MESSAGES = "http://www.genericCBS.org/GenericCBS/"
_SERVICE = "http://wbsvc_gtr.jccsoftware.nl"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XSD = "http://www.w3.org/2001/XMLSchema"
_NAME = "GenericGuidanceSystem2"
_FIELD = re.compile(r"(\w+)(?::(\w+))?([?*]?)")

_CLIENT = """
    clientID? clientLastName? clientSex? clientDateOfBirth:date clientInitials? clientAddress?
    clientPostalCode? clientCity? clientCountry? clientTel? clientMail? locationID?
"""
_END = "caseID? isClientVerified:boolean clientLanguage? isRecurring:boolean"
TYPES = {
    "ProductType": "productId? productCode? productDesc? productMaxCountForEvent?",
    "ProductDetailType": "description? appDuration:int requisites* maxCountForEvent?",
    "LocationDetailsType": "locationDesc? address? postalcode? city? telephone?",
    "LocationType": "locationID? locationDesc? locationOpeningHours:LocationOpeningHoursType*",
    "LocationOpeningHoursType": """
        day:int fromTime1:dateTime tillTime1:dateTime fromTime2:dateTime tillTime2:dateTime
        fromTime3:dateTime tillTime3:dateTime
    """,
    "AppointmentDetailsType": f"""
        productID? {_CLIENT} appStartTime:dateTime appEndTime:dateTime appointmentDesc? {_END}
    """,
    "AppointmentFullDetailsType": f"""
        appointmentID? productID? productDescription? {_CLIENT} locationDescription?
        appStartTime:dateTime appEndTime:dateTime appointmentDesc? appointmentDescription? {_END}
    """,
    "AppointmentType": """
        appointmentID? locationID? productID? clientID? clientName? clientBirthDate:date
        isRecurring:boolean
    """,
    "Field": "name? value?",
}
OPERATIONS = {
    "getGovAvailableProducts": ("dummy? language?", "products:ProductType*"),
    "getGovAvailableProductsByProduct": (
        "ProductNr? LocatieID? language?",
        "products:ProductType*",
    ),
    "getGovProductDetails": ("productID? language?", "out:ProductDetailType?"),
    "getGovLocations": ("dummy? language?", "locationIDs*"),
    "getGovLocationDetails": ("locationID? language?", "locaties:LocationDetailsType?"),
    "getGovLocationsForProduct": ("productID? language?", "location:LocationType*"),
    "getGovLatestPlanDate": ("productId?", "latestPlanDate:date"),
    "getGovAvailableDays": (
        "locationID? productID? startDate:date endDate:date appDuration:int",
        "dates:date*",
    ),
    "getGovAvailableTimesPerDay": (
        "date:date productID? locationID? appDuration:int",
        "times:dateTime*",
    ),
    "getGovAppointmentDuration": ("productID? AppointmentDate:date", "out:int"),
    "GetRequiredClientFields": ("productID?", "Result*"),
    "bookGovAppointment": (
        "appDetail:AppointmentDetailsType? fields:Field*",
        "updateStatus:int appID?",
    ),
    "updateGovAppointment": ("appUpdate:AppointmentDetailsType? appId?", "updateStatus:int"),
    "deleteGovAppointment": ("appID?", "updateStatus:int"),
    "getGovAppointmentDetails": ("appID?", "appointment:AppointmentDetailsType?"),
    "getGovAppointmentsCase": (
        "caseID? language?",
        "appointment:AppointmentFullDetailsType*",
    ),
    "getGovAppointmentsBSN": ("BSN? language?", "appointment:AppointmentFullDetailsType*"),
    "getGovAppointmentsByClientID": ("clientID?", "appointment:AppointmentType*"),
}


class NotUnderstood(Exception):
    """A message that the WSDL does not allow."""


class Soap:
    """Reads and writes messages. An old installation ``lacks`` some of the fields."""

    def __init__(self, lacks: Container[str] = ()) -> None:
        self._lacks = lacks
        self._messages = etree.XMLSchema(schema(lacks))
        self._operations = {
            f"{{{MESSAGES}}}{request_element(operation)}": operation for operation in OPERATIONS
        }

    def wsdl(self, address: str) -> bytes:
        """The WSDL of a service at ``address``."""
        return wsdl(address, self._lacks)

    def read(self, message: bytes) -> tuple[str, Content]:
        """Which operation is called, and with what. Raises ``NotUnderstood``."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            body = etree.fromstring(message, parser).find(f"{{{_ENVELOPE}}}Body")
        except etree.XMLSyntaxError:
            raise NotUnderstood from None
        if body is None or len(body) != 1 or body[0].tag not in self._operations:
            raise NotUnderstood
        # Cut out, for a schema is about whole documents.
        request = etree.fromstring(etree.tostring(body[0]))
        if not self._messages.validate(request):
            raise NotUnderstood
        return self._operations[str(request.tag)], _content(request)

    def write(self, operation: str, content: Content) -> bytes:
        """The answer to a call."""
        response = etree.Element(f"{{{MESSAGES}}}{operation}Response", nsmap={"gen": MESSAGES})
        self._fill(response, OPERATIONS[operation][1], content)
        return _envelope(response)

    def _fill(self, parent: etree._Element, fields: str, content: Content) -> None:
        for name, kind, _ in _FIELD.findall(fields):
            given = content.get(name, ())
            for item in given if isinstance(given, list | tuple) else [given]:
                if name not in self._lacks:
                    child = etree.SubElement(parent, name)
                    if isinstance(item, Mapping):
                        self._fill(child, TYPES[kind], item)
                    else:
                        child.text = str(item)


def fault() -> bytes:
    """What .NET says to a message that it cannot read."""
    element = etree.Element(f"{{{_ENVELOPE}}}Fault")
    etree.SubElement(element, "faultcode").text = "soap:Client"
    etree.SubElement(element, "faultstring").text = "Server was unable to read request."
    return _envelope(element)


def request_element(operation: str) -> str:
    """The name of an operation's request, which one of them has without a suffix."""
    return operation if operation == "getGovAppointmentDuration" else f"{operation}Request"


def schema(without: Container[str] = ()) -> etree._Element:
    """The XML schema of all messages, ``without`` the fields that an old installation lacks."""
    root = etree.Element(f"{{{_XSD}}}schema", nsmap={"s": _XSD, "s0": MESSAGES})
    root.set("elementFormDefault", "qualified")
    root.set("targetNamespace", MESSAGES)
    for name, fields in TYPES.items():
        kind = etree.SubElement(root, f"{{{_XSD}}}complexType", name=name)
        _sequence(kind, fields, without)
    for operation, (request, response) in OPERATIONS.items():
        for name, fields in (
            (request_element(operation), request),
            (f"{operation}Response", response),
        ):
            element = etree.SubElement(root, f"{{{_XSD}}}element", name=name)
            _sequence(etree.SubElement(element, f"{{{_XSD}}}complexType"), fields, without)
    return root


def wsdl(address: str, without: Container[str] = ()) -> bytes:
    """The whole document for a service at ``address``."""
    names = {"wsdl": _WSDL, "soap": _SOAP, "tns": _SERVICE, "s0": MESSAGES}
    root = etree.Element(f"{{{_WSDL}}}definitions", nsmap=names, targetNamespace=_SERVICE)
    etree.SubElement(root, f"{{{_WSDL}}}types").append(schema(without))
    port = f"{_NAME}Soap"
    port_type = etree.Element(f"{{{_WSDL}}}portType", name=port)
    binding = etree.Element(f"{{{_WSDL}}}binding", name=port, type=f"tns:{port}")
    etree.SubElement(
        binding, f"{{{_SOAP}}}binding", transport="http://schemas.xmlsoap.org/soap/http"
    )
    for operation in OPERATIONS:
        offered = etree.SubElement(port_type, f"{{{_WSDL}}}operation", name=operation)
        bound = etree.SubElement(binding, f"{{{_WSDL}}}operation", name=operation)
        action = f"{MESSAGES}{operation}"
        etree.SubElement(bound, f"{{{_SOAP}}}operation", soapAction=action, style="document")
        for way, part, element in (
            ("input", f"{operation}SoapIn", request_element(operation)),
            ("output", f"{operation}SoapOut", f"{operation}Response"),
        ):
            message = etree.SubElement(root, f"{{{_WSDL}}}message", name=part)
            etree.SubElement(
                message, f"{{{_WSDL}}}part", name="parameters", element=f"s0:{element}"
            )
            etree.SubElement(offered, f"{{{_WSDL}}}{way}", message=f"tns:{part}")
            body = etree.SubElement(bound, f"{{{_WSDL}}}{way}")
            etree.SubElement(body, f"{{{_SOAP}}}body", use="literal")
    root.extend([port_type, binding])
    service = etree.SubElement(root, f"{{{_WSDL}}}service", name=_NAME)
    served = etree.SubElement(service, f"{{{_WSDL}}}port", name=port, binding=f"tns:{port}")
    etree.SubElement(served, f"{{{_SOAP}}}address", location=address)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _sequence(parent: etree._Element, fields: str, without: Container[str]) -> None:
    sequence = etree.SubElement(parent, f"{{{_XSD}}}sequence")
    for name, kind, count in _FIELD.findall(fields):
        if name in without:
            continue
        element = etree.SubElement(sequence, f"{{{_XSD}}}element", name=name, form="unqualified")
        element.set("minOccurs", "0" if count else "1")
        element.set("maxOccurs", "unbounded" if count == "*" else "1")
        element.set("type", f"s0:{kind}" if kind in TYPES else f"s:{kind or 'string'}")


def _envelope(content: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE})
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _content(element: etree._Element) -> Content:
    return {
        str(child.tag): _content(child) if len(child) else child.text or "" for child in element
    }
