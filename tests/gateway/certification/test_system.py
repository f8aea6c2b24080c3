"""A system without tests of its own is certified by its settings; a native one by its address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from pydantic import BaseModel, SecretBytes

from adapters import registry
from adapters.simulation import simulate
from gateway.app import utc_now
from gateway.certification.system import System, SystemUnusable, native_vendor
from gateway.certification.teeth import Teeth
from gateway.config.environment import ServerSettings
from gateway.ledger import Database, Gaps, connect
from gateway.settings import Accepts, Limits, SourceSettings
from gateway.sources import Source, Sources, origin
from tests.gateway.certification.certificates import certificate, key, trusting
from tests.gateway.town import town
from tests.gateway.world import ZONE, Clock

NATIVE = "standard"


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    async with simulate(NATIVE, tmp_path, utc_now) as settings:
        yield dict(settings)


def written(folder: Path, settings: dict[str, Any]) -> Path:
    file = folder / "acme.toml"
    file.write_text(tomli_w.dumps(settings))
    return file


def test_one_adapter_is_for_systems_that_speak_the_contract() -> None:
    assert native_vendor() == NATIVE


async def test_a_native_system_says_its_version_and_is_known_by_its_origin(
    tmp_path: Path, simulated: dict[str, Any]
) -> None:
    url = simulated.pop("base_url")
    system = System(NATIVE, written(tmp_path, simulated), url)

    version = await asyncio.to_thread(system.version)

    assert version == "reference 1"
    assert await asyncio.to_thread(lambda: system.origin) == url.rstrip("/")


def test_the_settings_may_name_variables_and_mistakes_in_them_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, {"capabilities": [], "token": "${NO_SUCH_TOKEN}"})
    with pytest.raises(SystemUnusable, match="NO_SUCH_TOKEN is not set"):
        System(NATIVE, file, "https://acme.example").open()


def test_a_whole_source_in_place_of_its_settings_is_told(tmp_path: Path) -> None:
    source = {"vendor": NATIVE, "settings": {"capabilities": [], "token": "x"}}
    with pytest.raises(SystemUnusable, match=r"leave out that line, and all above it"):
        System(NATIVE, written(tmp_path, source), "https://acme.example").open()


async def test_a_system_that_does_not_answer_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, {"capabilities": [], "token": "x"})
    system = System(NATIVE, file, "http://127.0.0.1:9")
    with pytest.raises(SystemUnusable, match="does not answer"):
        await asyncio.to_thread(system.version)


# The teeth of a native system ---------------------------------------------------------


class Acme:
    """A source whose vendor speaks the contract, and what lies on the shelf about it."""

    def __init__(self, folder: Path, database: Database, settings: dict[str, Any]) -> None:
        self.clock = Clock()
        self.folder = folder
        self.private = key(folder)
        (folder / "keys.json").write_text(trusting((self.private, "platform")).as_json())
        adapter = System(NATIVE, written(folder, settings)).open()
        configured = SourceSettings(
            id="genk",
            vendor=NATIVE,
            municipality=town("genk"),
            zone=ZONE,
            accepts=Accepts.EVERYTHING,
            products={},
            limits=Limits(),
            settings=adapter.settings,
        )
        self.source = Source(configured, adapter, registry.manifest(NATIVE))
        server = ServerSettings.model_validate(
            {
                "config": folder,
                "public_url": "http://127.0.0.1",
                "secret_key": SecretBytes(bytes(32)),
                "certificates": folder,
                "certificate_grace_days": 0,
            }
        )
        sources = Sources({"genk": self.source})
        self.teeth = Teeth(server, sources, Gaps(database, self.clock), self.clock)

    def put(self, **changes: object) -> None:
        made = certificate(
            **{
                "adapter": NATIVE,
                "endpoint": self.source.endpoint,
                "product_version": "reference 1",
                **changes,
            }
        )
        (self.folder / "acme.jws").write_text(self.private.sign(made))


@pytest.fixture
async def acme(folder: Path, tmp_path: Path, simulated: dict[str, Any]) -> AsyncIterator[Acme]:
    database = await asyncio.to_thread(connect, f"sqlite+aiosqlite:///{folder}/ledger.sqlite")
    made = await asyncio.to_thread(Acme, tmp_path, database, simulated)
    yield made
    await made.source.adapter.aclose()
    await database.aclose()


@pytest.mark.parametrize(
    ("changes", "certified"),
    [
        ({}, True),
        ({"endpoint": "https://somebody.else.example"}, False),
        ({"endpoint": None}, False),
        ({"product_version": "reference 0"}, False),
        ({"adapter_digest": "12" * 32}, True),
    ],
    ids=["its own", "another's", "of the code", "another version", "before our code changed"],
)
async def test_the_certificate_of_a_native_system_is_of_its_origin_and_version(
    acme: Acme, changes: dict[str, object], *, certified: bool
) -> None:
    acme.put(**changes)
    await acme.teeth.review()
    assert acme.source.certified is certified


def test_an_origin_has_no_path_and_no_user() -> None:
    class Settings(BaseModel):
        base_url: str = "https://me:secret@Acme.example:8443/booking/v1?x=y"

    assert origin("base_url", Settings()) == "https://acme.example:8443"
    assert origin(None, Settings()) is None
