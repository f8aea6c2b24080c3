"""Reads what a system posts about its appointments, signed as Standard Webhooks has it.

The signature is an HMAC-SHA256 over ``<webhook-id>.<webhook-timestamp>.<body>``; while a secret
is being replaced ``webhook-signature`` carries several, with spaces between them.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import ValidationError

from adapters.vendors.standard.wire import Notification
from contracts.errors import InvalidRequest

TOLERANCE = 300
"""Seconds that the sender's clock, or the way, may differ."""

CHANGED = "appointment.changed"
_SIGNATURES = 10
_SECONDS = re.compile(r"[0-9]{1,12}")


def verified(
    headers: Mapping[str, str], body: bytes, keys: Iterable[bytes], now: datetime
) -> Notification:
    """The notification. Raises ``InvalidRequest`` when it is not signed, too old or not one."""
    given = {name.lower(): value for name, value in headers.items()}
    identity, sent = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    in_time = _SECONDS.fullmatch(sent) and abs(now.timestamp() - int(sent)) <= TOLERANCE
    signed = f"{identity}.{sent}.".encode() + body
    expected = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    signatures = [
        signature.encode()
        for version, _, signature in (
            part.partition(",") for part in given.get("webhook-signature", "").split(" ")
        )
        if version == "v1"
    ][:_SIGNATURES]
    matches = [hmac.compare_digest(one, other) for one in expected for other in signatures]
    if not identity or not in_time or not any(matches):
        raise InvalidRequest("The notification is not signed as agreed, or too old.")
    try:
        return Notification.model_validate_json(body, extra="ignore")
    except ValidationError:
        raise InvalidRequest("The notification is not one of the standard.") from None
