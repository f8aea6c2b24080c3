"""What a municipality fills in for its JCC-Afspraken (REST)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints

from adapters.http import BaseUrl


class JccRestSettings(BaseModel):
    """``base_url`` ends in ``/api/warp/v1/``; id and secret are issued by JCC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: BaseUrl
    client_id: Annotated[str, StringConstraints(min_length=1)]
    client_secret: SecretStr
    language: Literal["nl", "fr", "de", "en"] = "nl"
