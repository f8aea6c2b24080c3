"""What is known of a real GGS2: its WSDL, and answers that its clients test with."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path(__file__).parents[5] / "shared" / "vendors" / "jcc_soap"
WSDL = "GenericGuidanceSystem2.wsdl"
KEPT = {path.name: path.read_bytes() for path in FOLDER.glob("*.*")}
present = pytest.mark.skipif(not KEPT, reason="the recordings are not here")

XSD = "{http://www.w3.org/2001/XMLSchema}"
BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"


@functools.cache
def wsdl() -> etree._Element:
    return etree.fromstring(KEPT[WSDL])


@functools.cache
def schema() -> etree.XMLSchema:
    found = wsdl().find(f".//{XSD}schema")
    assert found is not None
    return etree.XMLSchema(etree.fromstring(etree.tostring(found)))


def payload(envelope: bytes) -> etree._Element:
    """What is in the body of a SOAP message, as a document of its own."""
    body = etree.fromstring(envelope).find(BODY)
    assert body is not None
    (content,) = body
    return etree.fromstring(etree.tostring(content))


def mistakes(envelope: bytes) -> list[str]:
    """Where a SOAP message breaks the real WSDL."""
    schema().validate(payload(envelope))
    return [str(error.message) for error in schema().error_log]
