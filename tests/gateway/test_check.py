"""``poort check`` tells somebody who has never seen it what is wrong and what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.vendors.memory.adapter import MemoryAdapter
from contracts.deadline import Deadline
from contracts.errors import BadAnswer, BookingError, VendorUnavailable
from contracts.models import Location, Product, ProductQuantity
from gateway.cli import main
from gateway.examination import SourceReport, Verdict, examine
from gateway.settings import Accepts, Directory
from gateway.sources import Source, Sources
from tests.gateway.town import FILES, Files, memory, source

CITIZEN = "Jan Modaal"
COMPLETE = """
    vendor = "memory"
    municipality = "gent"
    [products]
    "697" = "pas"
    [[settings.products]]
    id = "pas"
    name = "Reispas"
    [[settings.locations]]
    id = "stadhuis"
    name = "Stadhuis"
    address = { street = "Botermarkt", houseNumber = "1" }
"""


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.write("sources/gent-loket.toml", COMPLETE)
    return files


@pytest.fixture
def directory(files: Files) -> Directory:
    return files.load()


def check(files: Files, *more: str) -> int:
    return main(["check", "--config", str(files.root), *more])


async def report(of: Source, directory: Directory, seconds: float = 60.0) -> SourceReport:
    (found,) = await examine(Sources({of.id: of}), directory, seconds)
    return found


def said(found: SourceReport) -> str:
    return "\n".join(f"{finding.text}\n{finding.advice}" for finding in found.findings)


# On the command line ------------------------------------------------------------------


def test_a_good_directory_is_a_table_and_status_0(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(files) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "The settings have no mistakes: 2 municipalities, 4 products, 1 source."
    assert lines[2].split() == [
        *("source", "municipality", "vendor", "products", "locations", "time", "verdict")
    ]
    row = lines[3].split()
    assert row[:7] == ["gent-loket", "Gent", "memory", "1", "of", "1", "1"]
    assert row[-1] == "ok"
    assert len(lines) == 4


def test_mistakes_in_the_settings_are_listed_and_nothing_is_asked(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write("sources/gent-loket.toml", 'vendor = "memry"')
    files.write("sources/brugge.toml", 'vendor = "memory')

    assert check(files) == 1
    out = capsys.readouterr().out
    assert out.startswith("3 mistakes in the settings:\nsources/brugge.toml: is not valid TOML")
    assert "sources/gent-loket.toml: municipality: is missing: the id of a municipality" in out
    assert "sources/gent-loket.toml:1: vendor: there is no adapter 'memry'" in out
    assert "docs/add-a-source.md" in out


def test_without_a_source_it_says_how_to_add_one(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    (files.root / "sources" / "gent-loket.toml").unlink()

    assert check(files) == 0
    assert "add one as sources/<name>.toml" in capsys.readouterr().out


def test_a_product_that_the_vendor_has_not_is_status_1_with_the_nearest(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write("sources/gent-loket.toml", COMPLETE.replace('"697" = "pas"', '"697" = "pass"'))

    assert check(files) == 1
    out = capsys.readouterr().out
    assert "error: products.\"697\": the vendor has no product 'pass'; did you mean 'pas'?" in out
    # The vendor's product has the name of a known one: the line to write is complete.
    assert 'if they should, write under [products]: "697" = "pas"' in out


def test_json_tells_the_same_to_programs(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(files, "--json") == 0
    good = json.loads(capsys.readouterr().out)
    assert good["ok"] is True
    assert good["sources"][0]["verdict"] == "ok"
    assert good["sources"][0]["offered"] == 1

    files.write("products.toml", "")
    assert check(files, "--json") == 1
    bad = json.loads(capsys.readouterr().out)
    assert bad["ok"] is False
    assert {"file": "products.toml", "key": "product", "line": None}.items() <= (
        bad["mistakes"][0].items()
    )


def test_without_a_directory_the_servers_own_settings_are_checked_too(
    files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POORT_CONFIG", str(files.root))
    monkeypatch.setenv("POORT_SECRET_KEY", "short")

    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "environment: POORT_SECRET_KEY: should be " in out
    assert "environment: POORT_PUBLIC_URL: is missing" in out
    assert "identity.toml: is missing" in out


def test_who_gives_nothing_is_told_how_to_check_a_directory_alone(
    files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POORT_CONFIG", raising=False)

    assert main(["check"]) == 1
    assert "poort check --config DIR" in capsys.readouterr().out
    (files.root / "municipalities.toml").write_text("[")
    assert check(files) == 1
    assert "poort check --config DIR" not in capsys.readouterr().out


def test_an_adapter_without_a_certificate_is_told_where_one_is_required(
    files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(
        "identity.toml", 'issuer = "https://login.example"\nclient_id = "a"\nclient_secret = "b"'
    )
    monkeypatch.setenv("POORT_CONFIG", str(files.root))
    monkeypatch.setenv("POORT_PUBLIC_URL", "https://afspraken.example")
    monkeypatch.setenv("POORT_SECRET_KEY", "00" * 32)
    with_certificates = main(["check"])
    required = capsys.readouterr().out
    loket = dedent(FILES["sources/gent-loket.toml"])
    files.write("sources/gent-loket.toml", f'accepts = "nothing"\n{loket}')
    cut_off = main(["check"])
    told_of_cut_off = capsys.readouterr().out
    files.write("sources/gent-loket.toml", loket)
    monkeypatch.setenv("POORT_REQUIRE_CERTIFICATES", "off")
    without = main(["check"])

    assert (with_certificates, cut_off, without) == (1, 0, 0)
    assert "it takes no new bookings, or soon will not: It has no certificate." in required
    assert "certificate" not in told_of_cut_off
    assert "certificate" not in capsys.readouterr().out


def test_what_a_vendor_calls_things_does_nothing_to_a_terminal(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    text = COMPLETE.replace('name = "Stadhuis"\n', 'name = "\\u001b[2J\\u202eStadhuis"\n')
    files.write("sources/gent-loket.toml", text.replace('street = "Botermarkt", ', ""))

    check(files)
    out = capsys.readouterr().out
    assert "(?[2J?Stadhuis) has no address" in out
    assert "\x1b" not in out


def test_many_notes_are_cut_short_and_errors_are_not(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "".join(f'[[settings.products]]\nid = "p{n}"\nname = "P{n}"\n' for n in range(23))
    files.write("sources/gent-loket.toml", dedent(COMPLETE).replace('"697" = "pas"', "") + more)

    assert check(files) == 1
    out = capsys.readouterr().out
    assert "error: no product is mapped, so nothing can be booked" in out
    assert out.count("is not mapped: citizens do not see it") == 20
    assert "and 4 more notes: --json shows all" in out


# What a source can have ---------------------------------------------------------------


class Defective(MemoryAdapter):
    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        del deadline
        raise KeyError(CITIZEN)


class Deaf(MemoryAdapter):
    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        del deadline
        await asyncio.Event().wait()
        raise AssertionError


class Empty(MemoryAdapter):
    async def products(self, *, deadline: Deadline) -> Sequence[Product]:
        del deadline
        return []

    async def locations(
        self, products: Sequence[ProductQuantity] = (), *, deadline: Deadline
    ) -> Sequence[Location]:
        del products, deadline
        return []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (VendorUnavailable("401 at the token address."), "refuses us: 401 at the token address."),
        (BadAnswer("text/html."), "something that is not its protocol: text/html."),
    ],
)
@pytest.mark.parametrize("operation", ["products", "locations"])
async def test_a_source_that_fails_says_how_and_what_to_look_at(
    directory: Directory, error: BookingError, text: str, operation: str
) -> None:
    failing = source()
    memory(failing).faults.script(operation, error)
    found = await report(failing, directory)

    assert found.verdict is Verdict.FAILS
    assert text in said(found)
    assert "[settings]" in said(found)
    assert found.offered is found.locations is None


async def test_a_slow_source_does_not_keep_the_check(directory: Directory) -> None:
    slow, good = source("gent-slow", kind=Deaf), source("gent-good")
    reports = await examine(Sources({slow.id: slow, good.id: good}), directory, 0.5)

    assert [found.verdict for found in reports] == [Verdict.FAILS, Verdict.NOTES]
    assert "did not answer in time" in said(reports[0])


async def test_a_defect_of_an_adapter_is_no_defect_of_the_check(directory: Directory) -> None:
    with capture_logs() as logs:
        found = await report(source(kind=Defective), directory)

    assert found.verdict is Verdict.FAILS
    assert CITIZEN not in said(found) + repr(logs)


async def test_a_source_that_offers_nothing_fails(directory: Directory) -> None:
    found = await report(source(kind=Empty), directory)

    assert "the vendor offers no product at all" in said(found)
    assert "it has no location" in said(found)


async def test_a_source_that_is_switched_off_is_not_asked(directory: Directory) -> None:
    off = source()
    off.accepts = Accepts.NOTHING
    found = await report(off, directory)

    assert found.verdict is Verdict.OFF
    assert memory(off).faults.calls == {}


# The page that explains it ------------------------------------------------------------


def blocks(kind: str) -> list[str]:
    page = (Path(__file__).parents[2] / "docs" / "add-a-source.md").read_text(encoding="utf-8")
    return [part.split("```")[0] for part in page.split(f"```{kind}\n")[1:]]


@pytest.fixture
def explained(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    (files.root / "sources" / "gent-loket.toml").unlink()
    for block in blocks("toml"):
        name = block.splitlines()[0].removeprefix("# ")
        if not name.endswith("(wrong)"):
            files.write(name, block)
    return files


def test_the_complete_example_of_the_page_is_right(explained: Files) -> None:
    directory = explained.load(MECHELEN_JCC_SECRET="x")

    assert directory.sources["mechelen-jcc"].products.keys() == {"697"}


def test_the_mistakes_of_the_page_look_as_it_says(explained: Files) -> None:
    (wrong,) = (block for block in blocks("toml") if "(wrong)" in block)
    (expected,) = blocks("text")
    explained.write("sources/mechelen-jcc.toml", wrong)

    for line, mistake in zip(
        expected.splitlines(), explained.mistakes(MECHELEN_JCC_SECRET="x"), strict=True
    ):
        assert mistake.startswith(line.removesuffix("…"))
