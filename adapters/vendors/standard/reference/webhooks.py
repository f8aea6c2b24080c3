"""Says to whoever listens that an appointment has changed, signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from adapters.vendors.standard.wire import Changed, Notification


def message(ref: str, secrets: Sequence[str], now: datetime) -> tuple[Mapping[str, str], bytes]:
    """Headers and body to post. Sign with the old and the new secret while one is replaced.

    Post it again, with the same ``webhook-id`` and a new time, until it is answered with 2xx.
    """
    said = Notification(type="appointment.changed", timestamp=now, data=Changed(vendor_ref=ref))
    body = said.model_dump_json().encode()
    identity, sent = f"msg_{uuid4().hex}", str(int(now.timestamp()))
    signed = f"{identity}.{sent}.".encode() + body
    signatures = [_signature(secret, signed) for secret in secrets]
    headers = {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": sent,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
    return headers, body


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
