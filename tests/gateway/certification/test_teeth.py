"""A certificate that is not good enough closes a source, and never takes an appointment away."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretBytes
from structlog.testing import capture_logs

from adapters import registry
from contracts.adapter import Capability
from contracts.certificate import Certificate
from contracts.deadline import Deadline
from contracts.errors import AdapterNotCertified, VendorUnavailable
from contracts.levels import Target
from contracts.manifest import Level
from contracts.report import Outcome
from gateway.certification import trust
from gateway.certification.barred import BarredAdapter
from gateway.certification.signing import PrivateKey, make
from gateway.certification.teeth import Teeth
from gateway.certification.trust import RevokedCertificate
from gateway.config.environment import ServerSettings
from gateway.ledger import Database, Gaps, connect
from gateway.settings import Settings, SettingsError, load
from gateway.sources import Source, Sources
from tests.gateway.certification.certificates import ALL_PASSED, CERTIFIED, NOW, certificate
from tests.gateway.town import Files, source
from tests.gateway.world import Clock, running_world

DIGEST = registry.digest("memory")
GRACE_DAYS = 14


class Town:
    """A source, a folder with certificates, and the teeth between them."""

    def __init__(self, folder: Path, database: Database, required: str = "silver") -> None:
        self.folder = folder
        self.database = database
        self.clock = Clock(NOW)
        self.private = make(folder / "private.pem")
        self.trust = trust.Trust().with_key(self.private.public("platform", NOW))
        self.source = source("aalst")
        self.sources = Sources({"aalst": self.source})
        self.required = required
        self.teeth = self.another()
        self.publish()

    def another(self) -> Teeth:
        """As a process would that starts now."""
        server = ServerSettings.model_validate(
            {
                "config": self.folder,
                "public_url": "http://127.0.0.1",
                "secret_key": SecretBytes(bytes(32)),
                "require_certificates": self.required,
                "certificates": self.folder,
                "certificate_grace_days": GRACE_DAYS,
            }
        )
        return Teeth(server, self.sources, Gaps(self.database, self.clock), self.clock)

    def publish(self) -> None:
        trust.write(self.folder / "keys.json", self.trust)

    def put(self, **changes: object) -> Certificate:
        """Put a certificate of the memory adapter down; good unless something is changed."""
        made = certificate(**{"adapter_digest": DIGEST, **changes})
        (self.folder / f"{made.id}.jws").write_text(self.private.sign(made))
        return made

    def revoke(self, made: Certificate) -> None:
        revoked = RevokedCertificate(id=made.id, at=NOW, because="it books twice")
        self.trust = self.trust.revoking(revoked)
        self.publish()

    def takes_bookings(self) -> bool:
        try:
            self.source.admit_booking()
        except AdapterNotCertified:
            return False
        return True


@pytest.fixture
async def town(folder: Path, tmp_path: Path) -> AsyncIterator[Town]:
    database = await asyncio.to_thread(connect, f"sqlite+aiosqlite:///{folder}/ledger.sqlite")
    yield await asyncio.to_thread(Town, tmp_path, database)
    await database.aclose()


# New bookings ---------------------------------------------------------------------------


async def test_a_certificate_that_is_good_enough_leaves_all_as_it_is(town: Town) -> None:
    town.put()
    with capture_logs() as logs:
        await town.teeth.review()

    assert town.takes_bookings()
    assert town.teeth.not_certified == ()
    assert logs == []


@pytest.mark.parametrize(
    "changes",
    [
        {"level": Level.BRONZE, "outcomes": {**ALL_PASSED, "BOOK-001": Outcome.FAILED}},
        {"target": Target.SIMULATOR},
        {"contract_version": 99},
        {"made_at": NOW - timedelta(days=90), "valid_until": NOW},
        {"made_at": NOW + timedelta(days=1), "valid_until": NOW + timedelta(days=2)},
        {"valid_until": NOW + timedelta(days=91)},
    ],
    ids=["too low", "simulator", "contract", "expired", "future", "too long"],
)
async def test_one_that_falls_short_closes_after_the_grace(
    town: Town, changes: dict[str, object]
) -> None:
    town.put(**changes)
    await town.teeth.review()
    assert town.takes_bookings()

    town.clock.advance(days=GRACE_DAYS)
    await town.teeth.review()

    assert not town.takes_bookings()
    assert town.teeth.not_certified == ("aalst",)


async def test_a_missing_one_closes_after_the_grace_and_a_restart_gives_no_more(
    town: Town,
) -> None:
    await town.teeth.review()
    town.clock.advance(days=GRACE_DAYS - 1)
    restarted = town.another()
    await restarted.review()
    assert town.takes_bookings()

    town.clock.advance(days=1)
    await restarted.review()
    assert not town.takes_bookings()


async def test_a_new_certificate_opens_it_again_and_a_later_gap_has_its_own_grace(
    town: Town,
) -> None:
    await town.teeth.review()
    town.clock.advance(days=GRACE_DAYS)
    await town.teeth.review()
    made = town.put(made_at=town.clock(), valid_until=town.clock() + timedelta(days=60))
    await town.teeth.review()
    assert town.takes_bookings()

    (town.folder / f"{made.id}.jws").unlink()
    await town.teeth.review()
    assert town.takes_bookings()


async def test_it_looks_again_once_a_day(town: Town) -> None:
    made = town.put()
    await town.teeth.sweep()
    (town.folder / f"{made.id}.jws").unlink()

    for hours, gaps in ((23, 0), (1, 1)):
        town.clock.advance(hours=hours)
        with capture_logs() as logs:
            await town.teeth.sweep()
        assert len(logs) == gaps


async def test_where_nothing_is_required_nothing_is_looked_at(folder: Path, tmp_path: Path) -> None:
    database = await asyncio.to_thread(connect, f"sqlite+aiosqlite:///{folder}/ledger.sqlite")
    town = await asyncio.to_thread(Town, tmp_path, database, "off")
    town.clock.advance(days=99)
    await town.teeth.review()

    assert town.takes_bookings()
    await database.aclose()


async def test_a_vendors_own_certificate_is_no_certificate_of_the_platform(town: Town) -> None:
    town.trust = trust.Trust().with_key(town.private.public("memory", NOW))
    await asyncio.to_thread(town.publish)
    town.put()
    await town.teeth.review()
    town.clock.advance(days=GRACE_DAYS)
    await town.teeth.review()

    assert not town.takes_bookings()


async def test_the_best_of_several_counts(town: Town) -> None:
    town.put(id="1" * 32, target=Target.SIMULATOR)
    town.put(id="2" * 32)
    town.put(id="3" * 32, made_at=NOW - timedelta(days=90), valid_until=NOW)
    with capture_logs() as logs:
        await town.teeth.review()
    assert logs == []


async def test_a_file_that_cannot_be_believed_counts_for_nothing_and_is_named(town: Town) -> None:
    town.put()
    (town.folder / "forged.jws").write_text("e30.e30.e30")
    with capture_logs() as logs:
        await town.teeth.review()

    assert town.takes_bookings()
    assert [(each["event"], each["file"]) for each in logs] == [
        ("certificate refused", "forged.jws")
    ]


async def test_a_file_that_cannot_be_opened_counts_for_nothing_and_is_named(town: Town) -> None:
    town.put()
    (town.folder / "a-folder.jws").mkdir()
    with capture_logs() as logs:
        await town.teeth.review()

    assert town.takes_bookings()
    assert [(each["event"], each["file"]) for each in logs] == [
        ("certificate refused", "a-folder.jws")
    ]


async def test_a_revoked_certificate_of_an_endpoint_stops_bookings_at_once(town: Town) -> None:
    town.source.endpoint = "https://api.acme.example"
    made = town.put(endpoint=town.source.endpoint)
    await town.teeth.review()
    assert town.takes_bookings()

    await asyncio.to_thread(town.revoke, made)
    await town.teeth.review()
    assert not town.takes_bookings()
    assert not isinstance(town.source.adapter, BarredAdapter)  # it can still be cancelled there


async def test_it_warns_thirty_days_ahead(town: Town) -> None:
    town.put()
    for days, warned in ((59, []), (1, ["certificate expires"])):
        town.clock.advance(days=days)
        with capture_logs() as logs:
            await town.teeth.review()
        assert [each["event"] for each in logs] == warned
    assert town.takes_bookings()


async def test_a_capability_that_is_not_certified_counts_as_absent(town: Town) -> None:
    assert Capability.RESCHEDULE in town.source.capabilities
    town.put()
    await town.teeth.review()

    assert town.source.capabilities == set(CERTIFIED)


async def test_a_gateway_closes_its_sources_and_health_names_them(folder: Path) -> None:
    async with running_world(folder, {"aalst": {}}, required=Level.SILVER) as world:
        begun = (await world.client.get("/health")).json()
        world.clock.advance(days=GRACE_DAYS)
        slot = await world.slot()
        await world.gateway.teeth.sweep()
        closed = (await world.client.get("/health")).json()
        refused = await (await world.log_in()).choose(slot)

    assert begun == {"status": "UP", "silentSources": 0, "notCertified": []}
    assert (closed["status"], closed["notCertified"]) == ("DEGRADED", ["aalst"])
    assert (refused.status_code, refused.json()["code"]) == (503, "adapterNotCertified")


# Code ---------------------------------------------------------------------------------


async def test_code_that_is_revoked_while_it_runs_is_taken_away_with_an_alarm(town: Town) -> None:
    made = town.put()
    await town.teeth.review()
    await asyncio.to_thread(town.revoke, made)
    with capture_logs() as logs:
        await town.teeth.review()

    assert isinstance(town.source.adapter, BarredAdapter)
    assert not town.takes_bookings()
    assert ("adapter barred", "critical") in [(each["event"], each["log_level"]) for each in logs]


async def test_files_that_change_under_a_running_process_close_it_with_an_alarm(
    town: Town,
) -> None:
    town.put(adapter_digest="12" * 32)
    with capture_logs() as logs:
        await town.teeth.review()

    assert not isinstance(town.source.adapter, BarredAdapter)  # what runs is what was certified
    assert not town.takes_bookings()
    assert logs[0]["log_level"] == "critical"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "config").mkdir()
    return Files(tmp_path / "config")


def loaded(files: Files, **more: str) -> Settings:
    files.write(
        "identity.toml",
        """
        issuer = "https://login.example"
        client_id = "poort"
        client_secret = "x"
        """,
    )
    environ = {
        "POORT_CONFIG": str(files.root),
        "POORT_PUBLIC_URL": "https://afspraken.example",
        "POORT_SECRET_KEY": base64.b64encode(bytes(range(32))).decode(),
        **more,
    }
    return load(environ, lambda: NOW)


def put(files: Files, private: PrivateKey, made: Certificate, *, revoked: bool = False) -> None:
    folder = files.root / "certificates"
    known = trust.Trust().with_key(private.public("platform", NOW))
    if revoked:
        known = known.revoking(RevokedCertificate(id=made.id, at=NOW, because="it books twice"))
    trust.write(folder / "keys.json", known)
    (folder / "memory.jws").write_text(private.sign(made))


def opened(settings: Settings) -> Source:
    return Sources.open(settings.directory, lambda: NOW)["gent-loket"]


@pytest.mark.parametrize("revoked", [True, False])
async def test_changed_or_revoked_code_is_not_loaded(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, revoked: bool
) -> None:
    made = certificate(adapter_digest=DIGEST if revoked else "12" * 32)

    def refuse(vendor: str) -> None:
        raise AssertionError(vendor)

    def loading() -> Source:
        put(files, make(tmp_path / "private.pem"), made, revoked=revoked)
        with monkeypatch.context() as patched:
            patched.setattr(registry, "load", refuse)
            return opened(loaded(files))

    with capture_logs() as logs:
        barred = await asyncio.to_thread(loading)

    assert [(each["event"], each["log_level"]) for each in logs] == [
        ("adapter not loaded", "critical")
    ]
    with pytest.raises(VendorUnavailable):  # named as silent, and never an empty list
        await barred.read(lambda adapter, own: adapter.products(deadline=own), Deadline.after(5))


def test_certified_code_is_loaded_and_so_is_code_without_a_certificate(
    files: Files, tmp_path: Path
) -> None:
    assert not isinstance(opened(loaded(files)).adapter, BarredAdapter)
    put(files, make(tmp_path / "private.pem"), certificate(adapter_digest=DIGEST))
    assert not isinstance(opened(loaded(files)).adapter, BarredAdapter)


def test_where_nothing_is_required_changed_code_is_loaded(files: Files, tmp_path: Path) -> None:
    put(files, make(tmp_path / "private.pem"), certificate(adapter_digest="12" * 32))
    source = opened(loaded(files, POORT_REQUIRE_CERTIFICATES="off"))
    assert not isinstance(source.adapter, BarredAdapter)


def test_keys_that_cannot_be_read_are_a_mistake_in_the_settings(files: Files) -> None:
    (files.root / "certificates").mkdir()
    (files.root / "certificates" / "keys.json").write_text("[]")
    with pytest.raises(SettingsError, match="no file of keys"):
        loaded(files)


def test_a_level_that_does_not_exist_is_a_mistake_in_the_settings(files: Files) -> None:
    with pytest.raises(SettingsError, match="REQUIRE_CERTIFICATES: should"):
        loaded(files, POORT_REQUIRE_CERTIFICATES="platinum")


def test_silver_is_required_unless_something_else_is_said(files: Files) -> None:
    assert loaded(files).server.required_level is Level.SILVER
