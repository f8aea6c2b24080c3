"""What a municipality fills in for a system that speaks the standard."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    SecretStr,
    StringConstraints,
    model_validator,
)

from adapters.http import BaseUrl
from adapters.vendors.standard.wire import CapabilityName

PREFIX = "whsec_"
SIZES = range(24, 65)
"""Bytes in the secret of a webhook (Standard Webhooks, signature scheme)."""


def key_of(secret: SecretStr) -> bytes:
    """The bytes that sign. Raises ``ValueError``, and never says what the secret is."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or len(key) not in SIZES:
        raise ValueError(f"a webhook secret is {PREFIX} and base64 of 24 to 64 bytes")
    return key


def _is_a_secret(secret: SecretStr) -> SecretStr:
    key_of(secret)
    return secret


class StandardSettings(BaseModel):
    """The ``[settings]`` table of a source.

    ``capabilities`` are those of the system that this source counts on, by the names of
    ``GET /capabilities``. Either a ``token`` that the system gave out, or the three keys of OAuth
    2 client credentials. Of several ``webhook_secrets`` each is accepted: the old and the new.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: BaseUrl
    capabilities: frozenset[CapabilityName]
    token: SecretStr | None = None
    token_url: BaseUrl | None = None
    client_id: Annotated[str, StringConstraints(min_length=1)] | None = None
    client_secret: SecretStr | None = None
    scope: str = ""
    webhook_secrets: tuple[Annotated[SecretStr, AfterValidator(_is_a_secret)], ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> StandardSettings:
        oauth = (self.token_url, self.client_id, self.client_secret)
        given = [part is not None for part in oauth]
        if (self.token is None) == (not any(given)) or any(given) != all(given):
            raise ValueError("give either token, or token_url, client_id and client_secret")
        if "extend" in self.capabilities and "hold" not in self.capabilities:
            raise ValueError('the capability "extend" is nothing without "hold"')
        if ("webhooks" in self.capabilities) != bool(self.webhook_secrets):
            raise ValueError('the capability "webhooks" and webhook_secrets need each other')
        return self
