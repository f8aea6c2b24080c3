"""``poort verify`` says what a certificate says, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters import registry
from contracts.levels import Target
from gateway.certification import trust
from gateway.certification.signing import PrivateKey, make
from gateway.cli import main
from tests.gateway.certification.certificates import certificate, put, report, trusting

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
GOOD = {
    "adapter_digest": registry.digest("memory"),
    "made_at": TODAY,
    "valid_until": TODAY + timedelta(days=60),
}


@pytest.fixture
def private(tmp_path: Path) -> PrivateKey:
    made = make(tmp_path / "private.pem")
    trust.write(tmp_path / "keys.json", trusting((made, "platform")))
    return made


def verify(folder: Path, *more: str) -> int:
    return main(["verify", str(folder / f"{'0' * 32}.jws"), *more])


def test_a_good_one_is_shown_and_nothing_is_wrong(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**GOOD, target=Target.SIMULATOR), report())

    assert verify(tmp_path) == 0
    said = capsys.readouterr()
    assert "gold for the adapter memory" in said.out
    assert "certified by the platform" in said.out
    assert "where citizens book it is worth bronze" in said.out
    assert said.out.endswith("Nothing is wrong with it.\n")
    assert said.err == ""


def test_a_terminal_obeys_no_name(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**{**GOOD, "adapter": "acme\x1b[2J", "product": "\x1b[2J"}))

    assert verify(tmp_path, "--adapter", "memory") == 1
    said = capsys.readouterr()
    assert "It is of the adapter acme?[2J, not of memory." in said.err
    assert "\x1b" not in said.out + said.err


def test_where_the_keys_are_has_to_be_said(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**GOOD))
    (tmp_path / "keys.json").unlink()

    assert verify(tmp_path) == 1
    assert "keys.json is not there: say with --keys" in capsys.readouterr().err


def test_everything_that_is_wrong_is_said(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    made = put(
        tmp_path,
        private,
        certificate(made_at=TODAY - timedelta(days=90), valid_until=TODAY),
        report(),
    )
    (tmp_path / f"{made.id}.json").write_text("{}")

    assert verify(tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"It expired on {TODAY:%Y-%m-%d}. Certify again.",
        "The files of the adapter memory are not those that were certified.",
        f"{made.id}.json is not the report that this certificate is of.",
    ]


def test_another_adapter_than_it_names_is_told(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**GOOD))
    assert verify(tmp_path, "--adapter", "qmatic") == 1
    assert "It is of the adapter memory, not of qmatic." in capsys.readouterr().err


def test_an_adapter_that_is_not_here_is_not_compared(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**GOOD | {"adapter": "acme"}))
    assert verify(tmp_path) == 0
    assert "acme is not installed here" in capsys.readouterr().out


def test_with_other_keys_it_is_not_believed(
    tmp_path: Path, private: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, private, certificate(**GOOD))
    trust.write(tmp_path / "none.json", trusting())
    assert verify(tmp_path, "--keys", str(tmp_path / "none.json")) == 1
    said = capsys.readouterr()
    assert "is not one that this gateway trusts" in said.err
    assert said.out == ""  # nothing it says is repeated


def test_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path) == 1
    assert "cannot be read" in capsys.readouterr().err
