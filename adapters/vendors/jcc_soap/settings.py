"""The ``[settings]`` of a source with JCC-Afspraken over SOAP."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, model_validator

from adapters.http import BaseUrl

ClientId = Literal["none", "nationalNumber", "pseudonym"]


def _page(url: str) -> str:
    if urlsplit(url).path.rpartition("/")[2] == "":
        raise ValueError("expected the page itself, such as …/GenericGuidanceSystem2.asmx")
    return url


class JccSoapSettings(BaseModel):
    """``base_url`` is the service itself; its WSDL is read at ``base_url?wsdl``.

    ``username`` and ``password`` are for HTTP Basic, where JCC has issued them.
    ``client_id``: what citizens may be known by there, and so be looked up (docs/adr/0111).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Annotated[BaseUrl, AfterValidator(_page)]
    username: str | None = None
    password: SecretStr | None = None
    client_id: ClientId = "none"

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        return self
