"""The ``[settings]`` of a source that is an event series in pretix."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from adapters.http import BaseUrl
from contracts.models import Identifier, ShortText

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")]
"""A short name in a pretix URL."""

PlaceName = Annotated[ShortText, StringConstraints(min_length=1, strip_whitespace=True)]


class PretixSettings(BaseModel):
    """``base_url`` ends in ``/api/v1/``; ``token`` is that of a team of the organizer.

    ``locations`` gives the places an id and a name. With a single one, every date is there.
    With several, a date is at the one whose name is the first line of its location in pretix.
    ``languages`` are those that the event has texts in; others get the event's own.
    ``hold_minutes`` is how long a time is kept while a citizen fills in the form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Annotated[BaseUrl, StringConstraints(pattern=r"/api/v1/?$")]
    organizer: Slug
    event: Slug
    token: SecretStr = Field(min_length=1)
    locations: dict[Identifier, PlaceName] = Field(min_length=1)
    languages: tuple[Literal["nl", "fr", "de", "en"], ...] = ()
    sales_channel: Slug = "web"
    hold_minutes: int = Field(default=10, ge=1, le=60)
    send_email: bool = False
