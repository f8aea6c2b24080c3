"""What a municipality wrote as HTML becomes lines of text, and what to bring."""

from __future__ import annotations

import pytest

from adapters.municipal_text import lines_and_items


@pytest.mark.parametrize(
    ("written", "lines", "items"),
    [
        ("Breng mee:<ul><li>uw kaart<li>een foto</ul>Tot dan", ["Breng mee:", "Tot dan"], 2),
        ("<div>Kom op tijd</div><div>aan loket 2</div>", ["Kom op tijd", "aan loket 2"], 0),
        ("<ol><li><p>uw kaart</p></li><li><p>een foto</p></li></ol>", [], 2),
        ("Eén<br>twee &amp; <b>drie</b>", ["Eén", "twee & drie"], 0),
        ("", [], 0),
        ("x" * 501, ["x" * 500], 0),
    ],
)
def test_lines_and_list_items_are_told_apart(written: str, lines: list[str], items: int) -> None:
    assert lines_and_items(written) == (lines, ["uw kaart", "een foto"][:items])
