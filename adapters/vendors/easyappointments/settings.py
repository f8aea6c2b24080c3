"""What a municipality fills in for its Easy!Appointments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from adapters.http import BaseUrl
from contracts.models import Address, ShortText

Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Secret = Annotated[SecretStr, Field(min_length=1)]


def _fits_a_header(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("an API token has no spaces and no accents")
    return token


class Place(Address):
    """Where the counters are: Easy!Appointments knows no locations."""

    name: Text
    telephone: ShortText | None = None


class EasyAppointmentsSettings(BaseModel):
    """How to reach one installation, and what it does not tell about itself.

    Attributes:
        base_url: ends in ``/index.php/api/v1/``.
        api_token: of the page Integrations > API; or else the two below.
        username: of an administrator.
        password: see ``username``.
        location: of every service whose own location is left empty.
        required: what Easy!Appointments requires beside both names and an e-mail address.
        days_ahead: how far ahead times are asked for, one call per provider and day.
        webhook_token: the secret token of its webhook; none where it has no webhook.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: BaseUrl
    location: Place
    api_token: Annotated[Secret, AfterValidator(_fits_a_header)] | None = None
    username: Text | None = None
    password: Secret | None = None
    required: frozenset[Literal["phone", "street", "postalCode", "city"]] = frozenset({"phone"})
    days_ahead: int = Field(default=60, ge=1, le=366)
    webhook_token: Secret | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> EasyAppointmentsSettings:
        given = tuple(each is not None for each in (self.api_token, self.username, self.password))
        if given not in {(True, False, False), (False, True, True)}:
            raise ValueError("give either api_token, or username and password")
        return self
