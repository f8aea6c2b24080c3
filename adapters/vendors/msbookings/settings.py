"""What a municipality fills in for its Microsoft Bookings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from adapters.http import BaseUrl

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class MsBookingsSettings(BaseModel):
    """One booking business, and the app that may read and book in it.

    Attributes:
        tenant: the directory: its id, or one of its domains.
        client_id: of the app registration.
        client_secret: see ``client_id``.
        business: the mailbox address of the booking business (a shared one, no personal page).
        base_url: another one for a national cloud.
        login_url: where tokens come from; another one for a national cloud.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
    client_id: Text
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    business: Annotated[Text, StringConstraints(pattern=r"^[^@\s/?#]+@[^@\s/?#]+$")]
    base_url: BaseUrl = "https://graph.microsoft.com/v1.0/"
    login_url: BaseUrl = "https://login.microsoftonline.com/"
