"""What a municipality wrote as HTML for people to read, such as what to bring."""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "li", "br", "ul", "ol", "div", "tr", *(f"h{n}" for n in range(1, 7))})
_LINE_LENGTH = 500


def lines_and_items(html: str) -> tuple[list[str], list[str]]:
    """The lines of such a text, and its list items apart: without markup, at most 500 long."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader.lines, reader.items


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []
        self.lines: list[str] = []
        self._text: list[str] = []
        self._in_item = False

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 html.parser names it
        if tag in _BLOCKS:
            self.end_line()
            self._in_item = self._in_item or tag == "li"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_line()
            self._in_item = self._in_item and tag not in {"li", "ul", "ol"}

    def end_line(self) -> None:
        if line := " ".join("".join(self._text).split()):
            (self.items if self._in_item else self.lines).append(line[:_LINE_LENGTH])
        self._text.clear()
