"""The command line: one command is loaded, the others only named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import structlog

from gateway.cli import COMMANDS, main


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    out = capsys.readouterr().out
    for name in COMMANDS:
        assert re.search(rf"^    {name}\s", out, re.MULTILINE)  # a long one has its line


def test_a_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])

    out = capsys.readouterr().out
    assert "it books nothing" in out
    assert "exit status:" in out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "required: <command>"),
        (["chek"], "invalid choice: 'chek'"),
        (["check", "--seconds", "soon"], "write a number of seconds, at most 600"),
        (["check", "--seconds", "-1"], "write a number of seconds, at most 600"),
        (["check", "--confg", "x"], "unrecognized arguments: --confg"),
    ],
)
def test_what_is_not_understood_is_status_2(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_naming_the_commands_loads_none_of_them() -> None:
    program = """
        import contextlib, sys
        from gateway.cli import COMMANDS, main
        with contextlib.suppress(SystemExit):
            main(["--help"])
        sys.exit([name for name in sys.modules if name in {m for m, _ in COMMANDS.values()}] != [])
    """
    done = subprocess.run([sys.executable, "-c", dedent(program)], capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("command", ["suite", "mutants"])
@pytest.mark.parametrize("lacking", ["pytest", "hypothesis"])
def test_what_needs_the_contract_suite_says_how_to_get_it(command: str, lacking: str) -> None:
    program = f"""
        import sys
        sys.modules["{lacking}"] = None  # as where it is not installed
        from gateway.cli import main
        sys.exit(main(["{command}"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, check=False, text=True
    )
    said = "This needs the contract suite: pip install 'afsprakenpoort[suite]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_module_of_ours_that_is_missing_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gateway.check", None)
    with pytest.raises(ModuleNotFoundError):
        main(["check"])


def test_who_reads_no_further_gets_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "vendors"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_mutant_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", "nobody"]) == 1
    assert "There is no mutant 'nobody'" in capsys.readouterr().err


def test_pages_are_written_in_a_checkout_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gateway.behaviours.PAGE", tmp_path / "docs" / "behaviours.md")
    assert main(["suite", "--write"]) == 1
    assert "this is for a checkout of the source" in capsys.readouterr().err


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.check.command", interrupted)
    assert main(["check"]) == 130
