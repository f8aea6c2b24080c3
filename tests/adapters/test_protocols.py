"""No simulator offers a call that the protocol notes, or the vendor's data there, do not know.

A real system that knows a call is as good a witness.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adapters import registry
from adapters.vendors.jcc_soap import simulator as jcc_soap
from tests.adapters.simulated_calls import METHOD, offered

ROOT = Path(__file__).parents[2]
NOTES = ROOT.parent / "shared/vendors"
PAGE = NOTES / "PROTOCOLS.md"
SECTIONS = {
    "jcc_rest": 2,
    "qmatic": 3,
    "msbookings": 5,
    "easyappointments": 6,
    "zms": 7,
    "pretix": 12,
}
"""Of the vendors with a simulator of HTTP calls.

Behind caldav stands a real server and behind memory none; of jcc_soap the WSDL knows; standard is
our own, and its document is what its simulator tells.
"""

KNOWN_ELSEWHERE = {
    # Two public clients of real Orchestras read it so (docs/adr/0120).
    "qmatic": {"GET v1/appointments/*"},
    # tests/live/pretix/test_calls.py asks a real pretix whether it has these.
    "pretix": {
        "GET subevents/*",
        "DELETE cartpositions/*",
        "POST cartpositions/bulk_create",
        "PATCH orders/*",
    },
}

FOLDERS = {"msbookings": "msgraph"}
ODATA = ("GET", "POST", "PATCH", "DELETE")
BASES = re.compile(r".*(/warp/v1/|/public/api/|/citizen/|/api/v1/|events/burgerzaken/)")

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the protocol notes are not here")


def known(vendor: str) -> frozenset[str]:
    """The calls that are written down; each is as it was sent, or with ``*`` for values."""
    folder = NOTES / FOLDERS.get(vendor, vendor)
    return frozenset([*_noted(vendor), *_recorded(folder), *_declared(folder)])


def _noted(vendor: str) -> Iterator[str]:
    section = PAGE.read_text("utf-8").split(f"\n## {SECTIONS[vendor]}. ")[1].split("\n## ")[0]
    for line in section.splitlines():
        method = "GET"  # unless the line says so
        for word in re.findall(r"[\w/{}.-]+", line):
            if re.fullmatch(METHOD, word):
                method = word
            else:
                yield f"{method} {_path(word)}"


def _recorded(folder: Path) -> Iterator[str]:
    for file in folder.glob("*.yaml"):
        for made in yaml.safe_load(file.read_text("utf-8"))["interactions"]:
            yield f"{made['request']['method']} {_path(made['request']['uri'])}"
    for file in folder.glob("recorded/*.json"):
        for made in _requests(json.loads(file.read_text("utf-8"))):
            yield f"{made['method']} {_path(made['path'])}"


def _declared(folder: Path) -> Iterator[str]:
    for file in folder.glob("openapi.yml"):
        for path, methods in yaml.safe_load(file.read_text("utf-8"))["paths"].items():
            yield from (f"{method.upper()} {_path(path)}" for method in methods)
    for file in folder.glob("*.csdl"):
        for name in re.findall(r'NavigationProperty Name="(\w+)"', file.read_text("utf-8")):
            paths = (name, f"{name}/*")
            yield from (f"{method} {path}" for path in paths for method in ODATA)


def _requests(recorded: object) -> Iterator[dict[str, str]]:
    if isinstance(recorded, dict) and {"method", "path"} <= recorded.keys():
        yield recorded
    elif isinstance(recorded, dict | list):
        for part in recorded.values() if isinstance(recorded, dict) else recorded:
            yield from _requests(part)


def _path(sent: str) -> str:
    """Below the base of the API, without what is asked of it."""
    path = re.split(r"[?;]", sent)[0]
    return re.sub(r"\{[^}]*\}", "*", BASES.sub("", path)).strip("/")


def is_known(call: str, calls: frozenset[str]) -> bool:
    pattern = re.escape(call).replace(r"\*", "[^/]+")
    return any(re.fullmatch(pattern, one) for one in calls)


@pytest.mark.parametrize("vendor", SECTIONS)
def test_every_call_of_a_simulator_is_known(vendor: str) -> None:
    calls = frozenset(known(vendor))
    found = set(offered(vendor))
    assert found
    unknown = {call for call in found if not is_known(call, calls)} - {
        "GET "
    }  # the business itself
    assert unknown == KNOWN_ELSEWHERE.get(vendor, set())


def test_every_operation_of_the_soap_simulator_stands_in_the_vendors_wsdl() -> None:
    wsdl = (NOTES / "jcc_soap/GenericGuidanceSystem2.wsdl").read_text("utf-8")
    operations = set(re.findall(r'wsdl:operation name="(\w+)"', wsdl))
    assert set(jcc_soap.Simulator()._operations) <= operations


def test_all_vendors_are_asked() -> None:
    without = {"caldav", "memory", "jcc_soap", "standard"}
    assert SECTIONS.keys() | without == set(registry.vendors())
