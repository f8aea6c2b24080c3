"""Every request of docs/portal-api.md is sent, in order, and answered as the page says."""

from __future__ import annotations

import json
import re
from email.parser import HeaderParser
from pathlib import Path

from tests.gateway.world import PUBLIC_URL, Json, World

PAGE = Path(__file__).parents[3] / "docs" / "portal-api.md"
MESSAGES = re.findall(r"```http\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


class Reader:
    """Reads what the page shows: ``<name>`` is one value everywhere, ``…`` is any."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def fill_in(self, text: str) -> str:
        """The text with the values of earlier answers."""
        return re.sub(r"<(\w+)>", lambda name: self.known[name[1]], text)

    def compare(self, shown: object, real: object, where: str = "") -> None:
        """Fail where the answer is not what is shown; it may hold more."""
        match shown:
            case dict():
                assert isinstance(real, dict), f"{where}: {real!r}"
                for key, value in shown.items():
                    assert key in real, f"{where}.{key} is missing"
                    self.compare(value, real[key], f"{where}.{key}")
            case list():
                assert isinstance(real, list), f"{where}: {real!r}"
                first = [value for value in shown if value != "…"]
                assert len(real) > len(first) if "…" in shown else len(real) == len(first), where
                for number, value in enumerate(first):
                    self.compare(value, real[number], f"{where}[{number}]")
            case str():
                self._compare_text(shown, real, where)
            case _:
                assert shown == real, where

    def _compare_text(self, shown: str, real: object, where: str) -> None:
        # What is known is compared; what is new is taken from here.
        text = re.sub(r"<(\w+)>", lambda name: self.known.get(name[1], name[0]), shown)
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>.+)", re.escape(text)).replace("…", ".*")
        found = re.fullmatch(pattern, str(real), re.DOTALL)
        assert found, f"{where}: {real!r} is not {text!r}"
        self.known |= found.groupdict()


def parsed(message: str) -> tuple[str, dict[str, str], str]:
    """Its first line, headers and body."""
    first, _, rest = message.partition("\n")
    head = HeaderParser().parsestr(rest)
    return first, dict(head.items()), str(head.get_payload())


async def test_the_page_for_portals_is_true(world: World) -> None:
    citizen = await world.log_in()
    signed_in = {"Cookie": citizen.cookie, "Origin": PUBLIC_URL}
    reader = Reader()
    assert len(MESSAGES) % 2 == 0

    for asked, shown in zip(MESSAGES[::2], MESSAGES[1::2], strict=True):
        line, headers, body = parsed(reader.fill_in(asked))
        method, path = line.split(" ")
        real = await world.client.request(
            method, path, headers=signed_in | headers, content=body.strip() or None
        )

        status, headers, body = parsed(shown)
        assert f"HTTP/1.1 {real.status_code} {real.reason_phrase}" == status, (line, real.text)
        reader.compare({name.lower(): value for name, value in headers.items()}, dict(real.headers))
        if body.lstrip().startswith("{"):
            answer: Json = real.json()
            reader.compare(json.loads(body), answer, line)
        else:
            reader.compare(body.strip(), "\n".join(real.text.strip().splitlines()), line)


def test_what_is_left_out_of_the_page_may_be_there_and_nothing_else_may_differ() -> None:
    reader = Reader()
    reader.compare({"id": "<id>", "list": [1, "…"]}, {"id": "a", "list": [1, 2], "more": True})

    assert reader.fill_in("/<id>") == "/a"
    for shown in ({"id": "b"}, {"id": "<id>x"}, {"list": [1]}, {"list": [2, "…"]}, {"none": 1}):
        try:
            reader.compare(shown, {"id": "a", "list": [1, 2]})
        except AssertionError:
            continue
        raise AssertionError(shown)
