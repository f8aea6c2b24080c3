"""A notification is believed when it is signed as Standard Webhooks has it, and in time."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from adapters.vendors.standard.reference.webhooks import message
from adapters.vendors.standard.simulator import WEBHOOK_SECRET
from adapters.vendors.standard.webhooks import verified
from contracts.errors import InvalidRequest
from tests.adapters.vendors.standard.genk import town_hall

NOW = datetime(2027, 3, 8, 8, tzinfo=UTC)
OLD, NEW = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
KEYS = {secret: base64.b64decode(secret.removeprefix("whsec_")) for secret in (OLD, NEW)}


def test_the_example_of_standard_webhooks_itself_is_signed_well() -> None:
    """The values that the libraries of Standard Webhooks test themselves with."""
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = datetime.fromtimestamp(1614265330, UTC)
    with pytest.raises(InvalidRequest, match="not one of the standard"):  # but signed it is
        verified(headers, b'{"test": 2432232314}', [key], now)


@pytest.mark.parametrize(
    ("signed_with", "accepted"),
    [
        ([OLD], [OLD]),
        ([OLD, NEW], [OLD]),
        ([OLD, NEW], [NEW]),
        ([OLD], [NEW, OLD]),
        ([NEW], [NEW, OLD]),
    ],
)
def test_while_a_secret_is_replaced_either_is_good(
    signed_with: list[str], accepted: list[str]
) -> None:
    headers, body = message("a-1", signed_with, NOW)
    assert verified(headers, body, [KEYS[each] for each in accepted], NOW).data.vendor_ref == "a-1"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_clock_may_differ_by_five_minutes(seconds: int) -> None:
    headers, body = message("a-1", [OLD], NOW)
    later = NOW + timedelta(seconds=seconds)
    assert verified(headers, body, [KEYS[OLD]], later).data.vendor_ref == "a-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-timestamp": str(int(NOW.timestamp()) - 301)},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-timestamp": "9" * 400},
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v2,é"},
        {"webhook-signature": "v1,é " * 20},
    ],
)
def test_whatever_is_changed_it_is_refused(changes: dict[str, str]) -> None:
    headers, body = message("a-1", [OLD], NOW)
    with pytest.raises(InvalidRequest):
        verified({**headers, **changes}, body, [KEYS[OLD]], NOW)


def test_a_replay_of_ten_minutes_later_is_refused() -> None:
    headers, body = message("a-1", [OLD], NOW)
    with pytest.raises(InvalidRequest):
        verified(headers, body, [KEYS[OLD]], NOW + timedelta(minutes=10))


def test_without_a_secret_nothing_is_believed() -> None:
    headers, body = message("a-1", [OLD], NOW)
    with pytest.raises(InvalidRequest):
        verified(headers, body, [], NOW)
    with pytest.raises(InvalidRequest):
        verified(headers, body, [KEYS[NEW]], NOW)


async def test_another_kind_of_notification_is_about_no_appointment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with town_hall(NOW) as hall:
        adapter = hall.adapter()
        headers, body = hall.simulator.notification("a-1")
        assert [ref.vendor_ref for ref in adapter.parse_webhook(headers, body)] == ["a-1"]
        monkeypatch.setattr("adapters.vendors.standard.adapter.CHANGED", "appointment.other")
        assert adapter.parse_webhook(headers, body) == ()


def test_a_notification_says_which_and_nothing_about_it() -> None:
    headers, body = message("a-1", [WEBHOOK_SECRET], NOW)
    assert body == (
        b'{"type":"appointment.changed","timestamp":"2027-03-08T08:00:00Z",'
        b'"data":{"vendorRef":"a-1"}}'
    )
    assert set(headers) == {
        "content-type",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }
