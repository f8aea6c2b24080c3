"""What a municipality writes down, and what it is told about its mistakes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.vendors.caldav.settings import CalDavSettings


def settings(**changes: object) -> dict[str, Any]:
    place = {"id": "a", "name": "A", "desks": ["loket/"], "hours": {"monday": ["09:00-12:00"]}}
    product = {"id": "p", "name": "P", "minutes": 15}
    return {
        "base_url": "https://agenda.example.org/dav/",
        "locations": [place],
        "products": [product],
        **changes,
    }


def place(**changes: object) -> dict[str, Any]:
    return {**settings()["locations"][0], **changes}


def test_the_example_in_the_documentation_is_valid() -> None:
    page = Path("docs/vendors/caldav.md").read_text(encoding="utf-8")
    example = tomllib.loads(page.partition("```toml")[2].partition("```")[0])
    read = CalDavSettings.model_validate(example["settings"])
    assert set(example["products"].values()) == {product.id for product in read.products}


def test_the_password_shows_nowhere() -> None:
    read = CalDavSettings.model_validate(settings(username="u", password="geheim"))
    assert "geheim" not in repr(read)
    assert "geheim" not in read.model_dump_json()


@pytest.mark.parametrize("url", ["http://127.0.0.1:5232/", "http://localhost/", "http://[::1]/"])
def test_this_very_machine_may_be_asked_in_clear(url: str) -> None:
    assert CalDavSettings.model_validate(settings(base_url=url)).base_url == url


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"base_url": "http://agenda.example.org/"}, "https://"),
        ({"base_url": "agenda.example.org"}, "https://"),
        ({"base_url": "https://"}, "https://"),
        ({"locations": [place(desks=["loket"])]}, "pattern"),
        ({"locations": [place(desks=["lo ket/"])]}, "pattern"),
        ({"locations": [place(desks=["loket/?x=1/"])]}, "pattern"),
        ({"locations": [place(desks=[])]}, "at least 1"),
        ({"locations": [place(hours={"monday": ["9-12"]})]}, "09:00-12:00"),
        ({"locations": [place(hours={"monday": ["12:00-09:00"]})]}, "ends before"),
        ({"locations": [place(hours={"maandag": ["09:00-12:00"]})]}, "monday"),
        ({"locations": [place(), place(desks=["ander/"])]}, "location id 'a' is used twice"),
        ({"locations": [place(), place(id="b")]}, "desk 'loket/' is used twice"),
        (
            {"products": [{"id": "p", "name": "P", "minutes": 15, "locations": ["nergens"]}]},
            "unknown location 'nergens'",
        ),
        ({"products": [{"id": "p", "name": "P", "minutes": 0}]}, "greater than or equal"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=r".") as refused:
        CalDavSettings.model_validate(settings(**changes))
    assert told in str(refused.value)
