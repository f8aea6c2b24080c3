"""``poort new-adapter`` writes a repository that is complete, and writes over nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from contracts.manifest import Manifest
from gateway.cli import main


def made(folder: Path, name: str = "acme") -> int:
    return main(["new-adapter", name, "--into", str(folder)])


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_repository_has_all_that_a_vendor_needs(tmp_path: Path) -> None:
    assert made(tmp_path) == 0
    package = "src/afsprakenpoort_acme"
    assert set(files(tmp_path)) == {
        ".github/workflows/contract.yml",
        ".gitignore",
        "README.md",
        "pyproject.toml",
        f"{package}/__init__.py",
        f"{package}/adapter.py",
        f"{package}/demo.toml",
        f"{package}/manifest.toml",
        f"{package}/simulator.py",
        f"{package}/wire.py",
        "tests/recorded/openings.json",
        "tests/sandbox.py",
        "tests/test_contract.py",
        "tests/test_recorded.py",
        "tests/town_hall.py",
    }


def test_the_name_stands_everywhere_and_fits_where_it_stands(tmp_path: Path) -> None:
    assert made(tmp_path, "zeta_town2") == 0
    written = files(tmp_path)
    assert not [path for path, text in written.items() if "acme" in (path + text).lower()]
    for path, text in written.items():
        if path.endswith(".py"):
            compile(text, path, "exec")
    package = "src/afsprakenpoort_zeta_town2"
    project = tomllib.loads(written["pyproject.toml"])["project"]
    assert project["name"] == "afsprakenpoort-zeta-town2"
    assert project["entry-points"]["afsprakenpoort.adapters"] == {
        "zeta_town2": "afsprakenpoort_zeta_town2"
    }
    manifest = Manifest.model_validate(tomllib.loads(written[f"{package}/manifest.toml"]))
    assert manifest.vendor == "zeta_town2"
    assert "class ZetaTown2Adapter(" in written[f"{package}/adapter.py"]


def test_the_folder_is_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new-adapter", "acme_rest"]) == 0
    assert (tmp_path / "afsprakenpoort-acme-rest" / "pyproject.toml").exists()
    assert "cd afsprakenpoort-acme-rest" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ["Acme", "1acme", "acme-rest", "_acme", "acme_", "a__b", "", "é", "a" * 41, "a/b"],
)
def test_a_name_that_python_or_a_project_cannot_have_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(tmp_path, name) == 1
    assert "is no name for an adapter: write small letters" in capsys.readouterr().err
    assert not files(tmp_path)


def test_a_name_that_is_taken_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(tmp_path, "memory") == 1
    assert "There is an adapter 'memory' already" in capsys.readouterr().err


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = {"README.md": "mine", "LICENSE": "mine too"}
    for name, text in kept.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert made(tmp_path) == 1
    assert "(README.md): nothing was written" in capsys.readouterr().err
    assert files(tmp_path) == kept


def test_it_goes_beside_what_is_there_under_other_names(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine", encoding="utf-8")
    assert made(tmp_path) == 0
    assert (tmp_path / "LICENSE").read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert made(tmp_path / "file") == 1
    assert "cannot be written: Not a directory" in capsys.readouterr().err
