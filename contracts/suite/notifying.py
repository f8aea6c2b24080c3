"""Behaviours of notifications: who may send one, and what it may make us do."""

from __future__ import annotations

import pytest

from contracts.adapter import Capability
from contracts.errors import InvalidRequest
from contracts.suite.behaviour import behaviour
from contracts.suite.booking import book
from contracts.suite.cancelling import unknown
from contracts.suite.gate import requires
from contracts.suite.harness import Harness
from contracts.suite.hostile import bounded_memory
from contracts.suite.verdicts import absent, offered


@requires(Capability.PARSE_WEBHOOK)
class NotificationBehaviours:
    """``parse_webhook``."""

    @behaviour(
        "HOOK-001",
        "A notification that is not signed as agreed is InvalidRequest, whatever its body.",
        why="Anyone who knows the address could make the gateway ask for appointments, or crash "
        "it.",
    )
    @pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 1000])
    async def test_an_unsigned_notification_is_refused(self, harness: Harness, body: bytes) -> None:
        with pytest.raises(InvalidRequest):
            harness.adapter.parse_webhook({}, body)

    @behaviour(
        "HOOK-002",
        "A notification of the vendor's names the appointment it is about.",
        why="An event that is read wrongly leaves a cancelled appointment in the citizen's list.",
    )
    async def test_a_notification_names_its_appointment(self, harness: Harness) -> None:
        notification = offered(harness.notification, "notification")
        booked = await book(harness, (await harness.free())[0])
        headers, body = await notification(booked.ref)
        refs = harness.second.parse_webhook(headers, body)
        assert [ref.vendor_ref for ref in refs] == [booked.ref.vendor_ref]

    @behaviour(
        "HOOK-003",
        "A notification whose body was altered is InvalidRequest.",
        why="A signature that is not over the body proves only that its sender once saw one.",
    )
    async def test_an_altered_notification_is_refused(self, harness: Harness) -> None:
        if not harness.manifest.facts.signed:
            absent("a signature (a notification is a hint to read the appointment again)")
        notification = offered(harness.notification, "notification")
        booked = await book(harness, (await harness.free())[0])
        headers, body = await notification(booked.ref)
        about_another = body.replace(
            booked.ref.vendor_ref.encode(), unknown(booked.ref).vendor_ref.encode()
        )
        for altered in {body + b" ", about_another} - {body}:
            with pytest.raises(InvalidRequest):
                harness.adapter.parse_webhook(headers, altered)

    @behaviour(
        "HOOK-004",
        "The names of a notification's headers may come in any case.",
        why="Proxies and HTTP/2 write them small, and from then on every notification is refused.",
    )
    async def test_header_names_come_in_any_case(self, harness: Harness) -> None:
        notification = offered(harness.notification, "notification")
        booked = await book(harness, (await harness.free())[0])
        headers, body = await notification(booked.ref)
        for written in (str.lower, str.upper):
            changed = {written(name): value for name, value in headers.items()}
            refs = harness.adapter.parse_webhook(changed, body)
            assert [ref.vendor_ref for ref in refs] == [booked.ref.vendor_ref]

    @behaviour(
        "HOOK-005",
        "A notification with a hostile body is InvalidRequest, at once.",
        why="The address of a webhook is open to the world; depth without end stops the process.",
    )
    @pytest.mark.parametrize(
        "body",
        [b"[" * 1_000_000, b'{"a":' * 100_000, b"\x00" * 1_000_000],
        ids=["arrays", "objects", "zeros"],
    )
    async def test_a_hostile_notification_is_refused(self, harness: Harness, body: bytes) -> None:
        with bounded_memory(), pytest.raises(InvalidRequest):
            harness.adapter.parse_webhook({"content-type": "application/json"}, body)

    @behaviour(
        "HOOK-006",
        "A notification with another secret than the agreed one is InvalidRequest.",
        why="A header that is there is taken for one that is right, and anybody can send it.",
    )
    async def test_another_secret_is_refused(self, harness: Harness) -> None:
        notification = offered(harness.notification, "notification")
        booked = await book(harness, (await harness.free())[0])
        headers, body = await notification(booked.ref)
        for wrong in (_longer, _of_its_length):
            changed = {name: wrong(value) for name, value in headers.items()}
            with pytest.raises(InvalidRequest):
                harness.adapter.parse_webhook(changed, body)


def _longer(text: str) -> str:
    return f"{text}x"


def _of_its_length(text: str) -> str:
    middle = len(text) // 2
    other = "0" if text[middle] != "0" else "1"
    return f"{text[:middle]}{other}{text[middle + 1 :]}"
