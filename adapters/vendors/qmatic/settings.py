"""The ``[settings]`` of a source that is a Qmatic Orchestra."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from adapters.http import BaseUrl

AskedField = Literal[
    "givenName",
    "familyName",
    "email",
    "phone",
    "birthDate",
    "street",
    "houseNumber",
    "postalCode",
    "city",
    "nationalNumber",
]
"""What a customer record of Qmatic has room for, by the contract's names."""

Need = Literal["required", "optional"]


def _default_fields() -> dict[AskedField, Need]:
    return {"givenName": "required", "familyName": "required", "email": "required"}


class QmaticSettings(BaseModel):
    """``base_url`` ends in ``/calendar-backend/public/api/``, without a version.

    Log in with ``username`` and ``password`` (Orchestra itself) or with ``auth_token`` (Qmatic's
    API gateway). ``number_of_customers`` is what this Orchestra takes the parameter of that
    name for: all people who come, or those beside the first. ``hold_seconds`` is its
    reservation time (``reservationExpiryTimeSeconds``). ``fields`` are what citizens are asked;
    no call lists what the municipality wants.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Annotated[BaseUrl, StringConstraints(pattern=r"/public/api/?$")]
    username: Annotated[str, StringConstraints(min_length=1)] | None = None
    password: SecretStr | None = None
    auth_token: SecretStr | None = None
    number_of_customers: Literal["total", "additional"] = "total"
    hold_seconds: int = Field(default=300, ge=30, le=3600)
    fields: dict[AskedField, Need] = Field(default_factory=_default_fields, min_length=1)

    @model_validator(mode="after")
    def _logs_in_one_way(self) -> Self:
        by_name = self.username is not None and self.password is not None
        half = (self.username is None) != (self.password is None)
        if half or by_name == (self.auth_token is not None):
            message = "give username and password, or else auth_token"
            raise ValueError(message)
        return self
