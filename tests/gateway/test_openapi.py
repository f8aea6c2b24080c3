"""The OpenAPI documents in ``contracts/`` are what their applications serve."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from gateway import openapi


def test_one_document_is_ours_and_one_is_of_the_standard() -> None:
    paths = [path for path, _ in openapi.documents()]
    assert paths == ["contracts/openapi.json", "contracts/standard.openapi.json"]


def test_a_document_that_was_not_written_anew_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {"contracts/a.json": {"openapi": "3.1.0"}, "contracts/b.json": {"openapi": "3.1.0"}}
    monkeypatch.setattr(openapi, "ROOT", tmp_path)
    monkeypatch.setattr(
        openapi, "documents", lambda: [(path, lambda path=path: made[path]) for path in made]
    )
    (tmp_path / "contracts").mkdir()

    assert openapi.command(Namespace(check=True)) == 1
    assert openapi.command(Namespace(check=False)) == 0
    assert openapi.command(Namespace(check=True)) == 0
    (tmp_path / "contracts" / "a.json").write_text(json.dumps({"openapi": "3.0.0"}))
    capsys.readouterr()

    assert openapi.command(Namespace(check=True)) == 1
    said = capsys.readouterr().err
    assert "contracts/a.json is not what its application serves" in said
    assert "contracts/b.json" not in said
