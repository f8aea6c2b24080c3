"""The registry finds our own and installed adapters, and says clearly what is wrong with one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters import registry
from adapters.vendors.memory.adapter import MemoryAdapter

MANIFEST = """
vendor = "agenda_plus"
name = "Agenda Plus"
documentation = "in the box"
owner = "the maker"
evidence = "docs"
[facts]
resolution = "none"
conflictCheck = "none"
amountModel = "none"
combination = "none"
settleAfter = 60
"""
ADAPTER = """
from contracts.adapter import BookingAdapter
class AgendaPlus(BookingAdapter): ...
Adapter = AgendaPlus
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package with an adapter, as pip would leave it."""

    def install(
        *, adapter: str = ADAPTER, manifest: str = MANIFEST, vendor: str = "agenda_plus"
    ) -> None:
        package = tmp_path / "agenda_plus_poort"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "adapter.py").write_text(adapter)
        (package / "manifest.toml").write_text(manifest)
        installed = tmp_path / "agenda_plus-1.0.dist-info"
        installed.mkdir()
        (installed / "METADATA").write_text("Name: agenda-plus\nVersion: 1.0\n")
        (installed / "entry_points.txt").write_text(
            f"[{registry.GROUP}]\n{vendor} = agenda_plus_poort\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        registry._packages.cache_clear()

    yield install
    for name in [name for name in sys.modules if name.startswith("agenda_plus_poort")]:
        del sys.modules[name]
    registry._packages.cache_clear()


def test_our_own_adapters_are_found_by_their_folder() -> None:
    assert "memory" in registry.vendors()
    assert registry.load("memory") is MemoryAdapter
    assert registry.manifest("memory").vendor == "memory"


def test_names_are_sorted(install: Install) -> None:
    install()
    assert list(registry.vendors()) == sorted(registry.vendors())


def test_every_adapter_of_ours_can_be_loaded() -> None:
    for vendor in registry.vendors():
        registry.load(vendor)
        registry.manifest(vendor)


def test_an_installed_package_brings_its_adapter(install: Install) -> None:
    install()
    assert "agenda_plus" in registry.vendors()
    assert registry.load("agenda_plus").__name__ == "AgendaPlus"
    assert registry.manifest("agenda_plus").name == "Agenda Plus"


def test_listing_and_declaring_run_no_code_of_an_adapter(install: Install) -> None:
    install(adapter="raise SystemExit('I ran')")
    assert "agenda_plus" in registry.vendors()
    assert registry.manifest("agenda_plus").facts.settle_after == 60


def test_listing_imports_none_of_our_adapters() -> None:
    script = """
        import sys
        from adapters import registry
        assert registry.vendors()
        print([name for name in sys.modules if name.startswith("adapters.vendors.")])
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.stdout.strip() == "[]"


def test_an_unknown_name_is_answered_with_the_nearest_and_all() -> None:
    with pytest.raises(registry.AdapterNotFound) as unknown:
        registry.load("memroy")
    assert "Did you mean 'memory'?" in str(unknown.value)
    assert all(vendor in str(unknown.value) for vendor in registry.vendors())


@pytest.mark.parametrize("name", ["", "..", "../memory", "memory.adapter", "os"])
def test_a_name_is_never_a_path_or_module(name: str) -> None:
    with pytest.raises(registry.AdapterNotFound):
        registry.load(name)


@pytest.mark.parametrize(
    ("adapter", "reason"),
    [
        ("import not_installed", "No module named 'not_installed'"),
        ("def (", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("", "has no Adapter"),
        ("class Adapter: ...", "has no Adapter"),
    ],
)
def test_a_broken_adapter_is_named_by_file_and_reason(
    install: Install, adapter: str, reason: str
) -> None:
    install(adapter=adapter)
    with pytest.raises(registry.AdapterBroken) as broken:
        registry.load("agenda_plus")
    assert "agenda_plus_poort/adapter.py" in str(broken.value)
    assert reason in str(broken.value)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("vendor = ", "Invalid value"),
        (MANIFEST.replace("settleAfter = 60", ""), "facts.settleAfter: Field required"),
        (MANIFEST.replace("agenda_plus", "other"), "says vendor = 'other'"),
    ],
)
def test_a_broken_manifest_is_named_by_file_and_reason(
    install: Install, manifest: str, reason: str
) -> None:
    install(manifest=manifest)
    with pytest.raises(registry.AdapterBroken) as broken:
        registry.manifest("agenda_plus")
    assert "agenda_plus_poort/manifest.toml" in str(broken.value)
    assert reason in str(broken.value)


def test_an_installed_package_cannot_take_the_name_of_another(install: Install) -> None:
    install(vendor="memory")
    with pytest.raises(registry.AdapterBroken, match="Two adapters are called 'memory'"):
        registry.load("memory")


# What a certificate is of --------------------------------------------------------------


def test_a_digest_is_of_every_file_and_of_nothing_that_python_keeps(
    install: Install, tmp_path: Path
) -> None:
    install()
    package = tmp_path / "agenda_plus_poort"
    cache = package / "__pycache__"
    cache.mkdir()
    before = registry.digest("agenda_plus")
    for kept in ("adapter.cpython-311.pyc", "adapter.cpython-311.pyc.140234", "a.b.opt-1.pyc"):
        (cache / kept).touch()
    assert registry.digest("agenda_plus") == before

    (package / "adapter.py").write_text(f"{ADAPTER}#")
    assert registry.digest("agenda_plus") != before


@pytest.mark.parametrize("name", ["hidden.py", "hidden.pyc", "hidden.abi3.so", "deeper/hidden.py"])
def test_code_does_not_hide_among_what_python_keeps(
    install: Install, tmp_path: Path, name: str
) -> None:
    """``import agenda_plus_poort.__pycache__.hidden`` would run it."""
    install()
    before = registry.digest("agenda_plus")
    hidden = tmp_path / "agenda_plus_poort" / "__pycache__" / name
    hidden.parent.mkdir(parents=True)
    hidden.touch()
    assert registry.digest("agenda_plus") != before


def test_a_link_to_a_folder_elsewhere_has_no_digest(install: Install, tmp_path: Path) -> None:
    install()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "agenda_plus_poort" / "inner").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(registry.AdapterBroken, match="inner is a link to a folder"):
        registry.digest("agenda_plus")
