"""A system that speaks the contract is certified over HTTP alone, and by what it offers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from adapters.simulation import serve
from adapters.vendors.standard.simulator import Simulator
from contracts.certificate import Certificate
from contracts.levels import Target
from contracts.manifest import Level
from contracts.models import AppointmentStatus
from contracts.report import Mode, Outcome
from gateway.certification.checking import Checks
from gateway.certification.trust import read
from gateway.cli import main

GONE = {AppointmentStatus.CANCELLED, AppointmentStatus.HELD}


class Acme:
    """A maker with a system at an address, a key, and nothing in Python."""

    def __init__(self, folder: Path, simulator: Simulator, url: str) -> None:
        self.folder = folder
        self.simulator = simulator
        self.url = url

    async def certify(self, *more: str, **settings: Any) -> int:  # noqa: ANN401 - TOML
        given = self.simulator.settings(self.url) | settings
        return await asyncio.to_thread(self._certify, given, more)

    def _certify(self, given: dict[str, Any], more: tuple[str, ...]) -> int:
        del given["base_url"]
        file = self.folder / "acme.toml"
        file.write_text(tomli_w.dumps(given))
        out = ["--out", str(self.folder), "--key", str(self.folder / "acme.pem")]
        owner = ["--owner", self.url, "--keys", str(self.folder / "keys.json")]
        main(["keys", "make", out[-1], *owner])
        return main(["certify", "--endpoint", self.url, "--settings", str(file), *out, *more])

    def signed(self) -> list[Path]:
        return list(self.folder.glob("*.jws"))

    def certificate(self) -> Certificate:
        (signed,) = self.signed()
        assert main(["verify", str(signed)]) == 0
        keys = read(self.folder / "keys.json")
        return Checks(keys, datetime.now(UTC), {}).read(signed.read_text()).certificate


@asynccontextmanager
async def acme(folder: Path, *, sandbox: bool) -> AsyncIterator[Acme]:
    simulator = Simulator(sandbox=sandbox)
    async with serve(simulator.app) as url:
        yield Acme(folder, simulator, url)


@pytest.fixture
def _among_tests_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The maker stands where pytest is told things that are not about the system."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("raise SystemExit('not of this run')\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_among_tests_of_its_own")
async def test_a_sandbox_with_controls_is_gold_without_any_python(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with acme(tmp_path, sandbox=True) as maker:
        assert await maker.certify("--target", "sandbox") == 0

    assert "standard is gold on a sandbox." in capfd.readouterr().out
    made = await asyncio.to_thread(maker.certificate)
    assert (made.level, made.mode, made.target) == (Level.GOLD, Mode.CONTROLLED, Target.SANDBOX)
    assert {*made.outcomes.values()} == {Outcome.PASSED, Outcome.ABSENT}
    # The faults came from a proxy at another address.
    assert (made.endpoint, made.product_version) == (maker.url, "reference 1")


async def test_a_system_without_controls_is_bronze_and_is_told_what_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with acme(tmp_path, sandbox=False) as maker:
        little: dict[str, Any] = {"capabilities": ["intakeFields"], "webhook_secrets": []}
        assert await maker.certify("--target", "sandbox", **little) == 0

    said = capfd.readouterr().out
    assert "standard is bronze on a sandbox." in said
    assert "a clock that can be moved\n    SLOT-005, " in said
    assert 'Offer the operations tagged "sandbox"' in said
    made = await asyncio.to_thread(maker.certificate)
    assert (made.level, made.mode) == (Level.BRONZE, Mode.RANDOM)
    assert made.outcomes["FAULT-011"] is Outcome.PASSED  # a fault takes no controls
    left = [entry.status for entry in maker.simulator.desk.entries.values()]
    assert left
    assert set(left) <= GONE  # a booking whose answer was lost too


async def test_a_system_that_a_test_can_empty_is_not_certified_as_live(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with acme(tmp_path, sandbox=True) as maker:
        assert await maker.certify("--target", "live") == 1

    assert "take the controls out of what is live" in capfd.readouterr().err
    assert await asyncio.to_thread(maker.signed) == []
