"""Where the built widget lies."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def widget_folder() -> Path:
    """In an installed package beside this file; in a checkout where Vite builds it."""
    packaged = _HERE / "widget"
    return packaged if packaged.is_dir() else _HERE.parent / "profile_widget" / "dist"
