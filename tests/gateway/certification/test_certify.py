"""``poort certify`` runs the suite, says what was shown, and signs what it found."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from adapters import registry
from contracts.adapter import Capability
from contracts.certificate import Certificate
from contracts.levels import Target
from contracts.manifest import Level
from contracts.report import Outcome, Report
from gateway.certification import certify
from gateway.certification.checking import Checks
from gateway.certification.running import Run, SuiteNotRun
from gateway.certification.trust import read
from gateway.cli import main
from tests.gateway.certification.certificates import ALL_PASSED, NOW, report

ROOT = Path(__file__).parents[3]
ONE = "test_products_have_unique_ids_and_names"
TESTS = f"tests/adapters/vendors/memory/test_contract.py::TestMemory::{ONE}"


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def made_of(run: Report, **wish: object) -> Certificate:
    asked = certify.Wish(
        **{  # type: ignore[arg-type] # each test changes one field
            "target": Target.SANDBOX,
            "product_version": "4.2",
            "valid": timedelta(days=30),
            **wish,
        }
    )
    return certify.certificate(
        Run(run, b"evidence"), asked, adapter=("memory", "ab" * 32, "Memory"), now=NOW
    )


# What a certificate is made of ----------------------------------------------------------


def test_a_certificate_says_what_the_report_shows() -> None:
    made = made_of(report())

    assert (made.level, made.target, made.product_version) == (Level.GOLD, Target.SANDBOX, "4.2")
    assert made.outcomes == ALL_PASSED
    assert made.valid_until - made.made_at == timedelta(days=30)
    assert made.is_consistent


def test_a_level_is_not_given_for_what_failed() -> None:
    made = made_of(report({**ALL_PASSED, "BOOK-002": Outcome.FAILED}))
    assert (made.level, made.is_consistent) == (Level.BRONZE, True)


def test_tests_of_another_adapter_make_no_certificate() -> None:
    subject = report().subject
    assert subject is not None
    other = report().model_copy(update={"subject": subject.model_copy(update={"vendor": "acme"})})
    with pytest.raises(SuiteNotRun, match="of the adapter acme, not of memory"):
        made_of(other)


# The command ----------------------------------------------------------------------------


def certified(folder: Path, *more: str) -> int:
    return main(["certify", "memory", "--tests", TESTS, "--out", str(folder), *more])


def test_it_runs_the_suite_and_signs_what_it_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key, out = tmp_path / "private.pem", tmp_path / "out"
    main(["keys", "make", str(key), "--keys", str(out / "keys.json")])
    capfd.readouterr()

    assert certified(out, "--key", str(key), "--target", "sandbox") == 0

    said = capfd.readouterr()
    assert said.err == "Products and locations: 1 passed\n"  # progress, beside what is said
    assert "memory is listed on a sandbox." in said.out
    assert "for bronze: it shows products and locations" in said.out
    token = (out / "memory.jws").read_text()
    shown = Checks(read(out / "keys.json"), NOW, {}).read(token).certificate
    assert shown.adapter_digest == registry.digest("memory")
    assert [id_ for id_, each in shown.outcomes.items() if each is Outcome.PASSED] == ["CAT-001"]
    assert len(shown.outcomes) > 90  # what was left out of the run is in it as not run
    assert ET.parse(out / "memory.xml").getroot().tag == "testsuites"  # noqa: S314 - our own
    assert "nagekeken door het platform" in (out / "memory.html").read_text()
    assert main(["verify", str(out / "memory.jws")]) == 0


def test_it_can_be_read_by_programs_and_signs_nothing_without_a_key(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert certified(tmp_path, "--json") == 0

    summary = json.loads(capfd.readouterr().out)
    assert (summary["adapter"], summary["level"]) == ("memory", "listed")
    assert summary["outcomes"]["passed"] == 1
    assert not (tmp_path / "memory.jws").exists()
    page = (tmp_path / "memory.html").read_text()
    assert "niet ondertekend" in page
    assert "Geldig tot" not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nobody"], "There is no adapter 'nobody'"),
        ([], "Say which adapter"),
        (["--endpoint", "https://x.example"], "Say with --settings FILE"),
        (["memory", "--endpoint", "https://x.example"], "no adapter for systems that speak"),
        (["standard", "--settings", "no-such-file.toml"], "no-such-file.toml: is missing"),
        (["memory", "--key", "no-such-key.pem"], "no-such-key.pem cannot be read"),
        (["memory", "--tests", "no_such_test.py::TestIt"], "no_such_test.py::TestIt is not there"),
    ],
)
def test_what_cannot_be_done_is_told(
    given: list[str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", *given, "--out", str(tmp_path)]) == 1
    assert said in capfd.readouterr().err


def test_tests_that_are_nowhere_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["certify", "memory"]) == 1
    assert "There are no tests of memory here" in capfd.readouterr().err


def test_the_tests_of_the_simulator_are_not_taken_for_those_of_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("test_contract", "sandbox"):
        (tmp_path / "tests" / f"{name}.py").write_text(f"import no_such_module_of_{name}")
    monkeypatch.chdir(tmp_path)

    for target, name in (("simulator", "test_contract"), ("sandbox", "sandbox")):
        assert main(["certify", "memory", "--target", target]) == 1
        assert f"no_such_module_of_{name}" in capfd.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert certified(tmp_path / "file") == 1
    said = capfd.readouterr().err
    assert said == f"{tmp_path / 'file'} cannot be written: File exists. Say with --out where.\n"


def test_a_run_without_a_result_shows_what_pytest_said_and_leaves_the_earlier_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory.json").write_text("the report of a certificate")
    (tmp_path / "test_broken.py").write_text("import no_such_module")

    given = ["memory", "--tests", str(tmp_path / "test_broken.py"), "--out", str(tmp_path)]
    assert main(["certify", *given]) == 1

    said = capfd.readouterr().err
    assert "No module named 'no_such_module'" in said
    assert said.rstrip().endswith("does its fixture work?")
    assert (tmp_path / "memory.json").read_text() == "the report of a certificate"


def test_a_fixture_that_fails_each_time_says_why_a_few_times_and_not_for_every_behaviour(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_broken.py").write_text(
        "import pytest\n"
        "from contracts.suite import AdapterContract\n"
        "class TestBroken(AdapterContract):\n"
        "    @pytest.fixture\n"
        "    def harness(self):\n"
        "        raise KeyError('ACME_URL')\n"
    )

    given = ["memory", "--tests", str(tmp_path / "test_broken.py"), "--out", str(tmp_path)]
    assert main(["certify", *given]) == 1

    said = capfd.readouterr().err
    assert said.count("E       KeyError: 'ACME_URL'") == 3
    assert "the fixture fails each time" in said


def test_an_earlier_certificate_is_named_and_the_report_is_in_the_language_that_is_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory.jws").touch()
    assert certified(tmp_path, "--language", "fr") == 0
    assert "memory.jws is of an earlier run" in capfd.readouterr().out
    assert "pas signé" in (tmp_path / "memory.html").read_text()


def test_a_retired_key_signs_nothing_new(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.pem"
    keys = ["--keys", str(tmp_path / "keys.json")]
    main(["keys", "make", str(old), *keys])
    main(["keys", "rotate", str(tmp_path / "new.pem"), *keys])

    assert certified(tmp_path, "--key", str(old)) == 1
    assert "was retired or revoked" in capfd.readouterr().err


def test_a_key_of_somebody_elses_signs_nothing_and_the_right_one_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    acmes = tmp_path / "acme.pem"
    main(["keys", "make", str(acmes), "--keys", str(tmp_path / "keys.json"), "--owner", "acme"])

    assert certified(tmp_path, "--key", str(acmes)) == 1

    said = capfd.readouterr().err
    assert "is of acme and may not sign for memory" in said
    assert "--owner memory" in said
    assert not (tmp_path / "memory.json").exists()  # nothing had to run for it


@pytest.mark.parametrize("days", ["0", "91", "soon", "-1"])
def test_it_is_valid_for_a_number_of_days(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    certify.arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["memory", "--days", days])
    assert "at most 90" in capsys.readouterr().err


def test_what_is_certified_needs_all_its_behaviours() -> None:
    capabilities = frozenset({str(Capability.RESCHEDULE)})
    subject = report().subject
    assert subject is not None
    run = report().model_copy(
        update={"subject": subject.model_copy(update={"capabilities": capabilities})}
    )
    assert made_of(run).capabilities == ()
