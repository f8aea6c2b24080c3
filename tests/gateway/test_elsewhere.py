"""A vendor's own repository, outside this tree, with nothing of ours but the published package.

The package is built and installed as a wheel in an environment of its own. What it depends on is
read from the environment that runs the tests, by a ``.pth`` file: so no registry is needed. The
checkout is not on that path, for an editable install puts it there by a ``.pth`` of its own, and
Python reads those only where it looks for packages itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--python")
OFFLINE = ("install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")


@dataclass(frozen=True)
class Elsewhere:
    """An environment, and the folder that a vendor works in."""

    folder: Path
    python: Path

    def run(
        self, *command: str | Path, at: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, and end well."""
        done = subprocess.run(
            self._found(command),
            cwd=at or self.folder,
            env=_environ() | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    @contextmanager
    def running(self, *command: str) -> Iterator[IO[str]]:
        """Run a command meanwhile; gives what it says."""
        with subprocess.Popen(
            self._found(command),
            cwd=self.folder,
            env=_environ(),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout
                yield process.stdout
            finally:
                process.terminate()

    def _found(self, command: Sequence[str | Path]) -> Sequence[str | Path]:
        return [self.python.with_name(str(command[0])), *command[1:]]

    def install(self, *what: str | Path) -> None:
        """Install without a registry."""
        subprocess.run([sys.executable, *PIP, self.python, *OFFLINE, *what], check=True)


def _environ() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """Our wheel, installed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist")
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "env", symlinks=True)
    python = folder / "env" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    made = Elsewhere(folder, python)
    made.install(*(folder / "dist").glob("*.whl"))
    return made


@pytest.fixture(scope="module")
def repository(elsewhere: Elsewhere) -> Path:
    """What ``poort new-adapter`` writes, installed as a vendor does."""
    elsewhere.run("poort", "new-adapter", "acme")
    made = elsewhere.folder / "afsprakenpoort-acme"
    elsewhere.install("--editable", made)
    return made


def test_nothing_of_this_checkout_is_used(elsewhere: Elsewhere) -> None:
    modules = "import adapters, contracts, gateway; print(adapters, contracts, gateway)"
    assert str(ROOT) not in elsewhere.run("python", "-c", modules).stdout


def test_the_tests_of_a_new_adapter_pass_and_a_gateway_finds_it(
    elsewhere: Elsewhere, repository: Path
) -> None:
    said = elsewhere.run("python", "-P", "-m", "pytest", "-q", at=repository).stdout
    assert " passed" in said
    assert "warning" not in said
    assert "acme" in elsewhere.run("poort", "vendors").stdout


def test_it_is_certified_beside_folders_that_are_called_as_ours_are(
    elsewhere: Elsewhere, repository: Path
) -> None:
    for name in ("adapters", "contracts", "gateway"):
        (repository / name).mkdir()
        (repository / name / "__init__.py").write_text("raise ImportError(__name__)")
    certified = elsewhere.run("poort", "certify", "acme", "--json", at=repository).stdout
    assert json.loads(certified)["level"] == "gold"


def test_it_is_certified_in_front_of_a_sandbox_that_is_a_process_of_its_own(
    elsewhere: Elsewhere, repository: Path
) -> None:
    with elsewhere.running("poort", "simulate", "acme", "--sandbox") as says:
        line = next(line for line in says if line.startswith("base_url"))
        certified = elsewhere.run(
            *("poort", "certify", "acme", "--json", "--target", "sandbox"),
            at=repository,
            ACME_URL=tomllib.loads(line)["base_url"],
            ACME_KEY="only-for-the-simulator",
        ).stdout
    assert (json.loads(certified)["level"], json.loads(certified)["mode"]) == ("gold", "controlled")
