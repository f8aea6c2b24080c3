"""``poort simulate`` prints a source that works, and fails in the ways it is told to."""

from __future__ import annotations

import argparse
import asyncio
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters import registry
from adapters.simulation import Faults
from contracts.adapter import AdapterContext
from contracts.deadline import Deadline
from contracts.errors import BadAnswer
from contracts.suite.harness import AnyAdapter
from gateway import simulate
from gateway.cli import main

SIMULATED = [vendor for vendor in registry.vendors() if vendor != "memory"]


def options(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.arguments(parser)
    return parser.parse_args(["standard", *given])


def adapter_of(source: dict[str, Any]) -> AnyAdapter:
    kind = registry.load(source["vendor"])
    context = AdapterContext("here", ZoneInfo("Europe/Brussels"), lambda: datetime.now(UTC))
    return kind(kind.Settings.model_validate(source["settings"]), context)


@pytest.mark.parametrize("vendor", SIMULATED)
async def test_what_is_printed_is_a_source_that_answers(vendor: str, tmp_path: Path) -> None:
    async with simulate.simulated(vendor, tmp_path, Faults()) as text:
        source = tomllib.loads(text)
        adapter = adapter_of(source)
        offered = await adapter.products(deadline=Deadline.after(20))
        await adapter.aclose()
    assert source["vendor"] == vendor
    assert set(source["products"].values()) <= {product.id for product in offered}


async def test_the_faults_are_those_of_the_switches(tmp_path: Path) -> None:
    async with simulate.simulated("standard", tmp_path, simulate.faults(options("--html"))) as text:
        adapter = adapter_of(tomllib.loads(text))
        with pytest.raises(BadAnswer):
            await adapter.products(deadline=Deadline.after(10))
        await adapter.aclose()


def test_every_switch_is_a_fault() -> None:
    asked = simulate.faults(
        options(
            *("--latency", "0.5", "--errors", "0.25", "--skew", "-60"),
            *("--truncate", "--html", "--drop", "--full"),
        )
    )
    assert asked == Faults(
        latency=0.5,
        errors=0.25,
        truncate=True,
        html=True,
        drop=True,
        skew=timedelta(seconds=-60),
        full=True,
    )
    assert simulate.faults(options()) == Faults()


def test_the_week_of_the_clock_change_is_a_skew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "_now", lambda: datetime(2027, 3, 8, 7, tzinfo=UTC))
    assert simulate.faults(options("--dst")).skew == timedelta(days=14)
    assert simulate.faults(options("--dst", "--skew", "60")).skew == timedelta(days=14, seconds=60)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nobody"], "There is no adapter 'nobody'"),
        (["memory"], "there is nothing to serve"),
        (["caldav", "--drop"], "a real server"),
    ],
)
def test_what_cannot_be_done_is_said(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *given]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        ["--errors", "2"],
        ["--errors", "-0.1"],
        ["--errors", "nan"],
        ["--latency", "long"],
        ["--latency", "inf"],
        ["--port", "70000"],
        ["--port", "http"],
    ],
)
def test_a_number_out_of_range_is_not_understood(given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "standard", *given])
    assert ended.value.code == 2


async def test_a_port_that_is_taken_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with simulate.simulated("standard", tmp_path, Faults()) as text:
        port = httpx.URL(tomllib.loads(text)["settings"]["base_url"]).port
        given = ["simulate", "standard", "--port", str(port)]
        assert await asyncio.to_thread(main, given) == 1
    assert f"Cannot listen on port {port}" in capsys.readouterr().err
