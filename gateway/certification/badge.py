"""The badge of a certificate: a small picture that also says in words what it shows."""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

from contracts.manifest import Level

_LEFT: Final = "Afsprakenpoort"
_COLOURS: Final = {
    Level.GOLD: "#7a5900",
    Level.SILVER: "#4b535c",
    Level.BRONZE: "#8a4716",
    Level.LISTED: "#333333",
}
_NONE: Final = "#a30000"
_PER_LETTER: Final = 7
_PICTURE: Final = Template(
    '<svg xmlns="http://www.w3.org/2000/svg" width="$width" height="22" role="img" '
    'aria-label="$label"><title>$label</title>'
    '<rect width="$width" height="22" rx="4" fill="#222222"/>'
    '<path d="M$left 0h${right}a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H$left z" fill="$colour"/>'
    '<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
    'text-anchor="middle"><text x="$middle" y="15">$name</text>'
    '<text x="$centre" y="15">$said</text></g></svg>\n'
)


def badge(level: Level | None) -> str:
    """As SVG; ``None``: no certificate counts now."""
    said = level or "not certified"
    left = len(_LEFT) * _PER_LETTER + 12
    width = left + len(said) * _PER_LETTER + 14
    return _PICTURE.substitute(
        width=width,
        left=left,
        right=width - left - 4,
        middle=left / 2,
        centre=left + (width - left) / 2,
        name=_LEFT,
        said=escape(said),
        label=escape(f"{_LEFT}: {said}"),
        colour=_COLOURS[level] if level else _NONE,
    )
