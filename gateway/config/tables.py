"""What the files of the config directory may hold."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, model_validator

from contracts.models import Identifier, ShortText, Zone

ID = r"^[a-z0-9][a-z0-9-]{0,62}$"


class Table(BaseModel):
    """Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Code(Table):
    """An official code and the days on which it holds, both included."""

    from_: date = Field(alias="from", description="the first day on which the code holds")
    until: date = Field(default=date.max)

    def holds(self, day: date) -> bool:
        """Whether this is the code on ``day``."""
        return self.from_ <= day <= self.until


class NisCode(Code):
    """A NIS code (Statbel)."""

    code: str = Field(pattern=r"^\d{5}$", description='five digits in quotes: "44021"')


class OvoCode(Code):
    """An OVO code (Wegwijs Organisaties)."""

    code: str = Field(pattern=r"^OVO\d{6}$", description='OVO and six digits: "OVO002067"')


def _one_at_a_time(codes: tuple[Code, ...]) -> tuple[Code, ...]:
    for earlier, later in pairwise(sorted(codes, key=lambda code: code.from_)):
        if later.from_ <= earlier.until:
            last = later.from_ - timedelta(days=1)
            raise ValueError(f"two codes hold on {later.from_}; end the first: until = {last}")
    return codes


class OtherProduct(Table):
    """How to get a product that cannot be booked through an API."""

    product: Identifier = Field(description="the IPDC number of a product in products.toml")
    mode: Literal["link", "phone", "walkIn"]
    url: AnyHttpUrl | None = None
    telephone: ShortText | None = None
    instructions: ShortText | None = None

    @model_validator(mode="after")
    def _says_how(self) -> OtherProduct:
        needed = {"link": "url", "phone": "telephone", "walkIn": "instructions"}[self.mode]
        if getattr(self, needed) is None:
            raise ValueError(f'mode = "{self.mode}" needs {needed}')
        return self


CancelUntil = Annotated[
    float, Field(ge=0, le=24 * 60, description="hours before the start, 0 for until the start")
]
"""Until how long before the start citizens cancel and move; a vendor may close it sooner."""


class OnConflict(StrEnum):
    """What happens when a citizen wants what is in the way of something else of theirs."""

    REFUSE = "refuse"
    WARN = "warn"


class Municipality(Table):
    """A municipality: it takes part on the days on which it has a NIS code.

    Attributes:
        time_conflict: the citizen has another appointment at that time.
        duplicate_product: the citizen has an appointment for the same product.
        buffer_minutes: what must lie between two stops besides the time on the way.
        travel_minutes: that time, from any of its locations to another.
    """

    id: str = Field(pattern=ID, description="small letters, digits and hyphens")
    name: ShortText = Field(min_length=1)
    nis: Annotated[tuple[NisCode, ...], AfterValidator(_one_at_a_time)] = Field(min_length=1)
    ovo: Annotated[tuple[OvoCode, ...], AfterValidator(_one_at_a_time)] = ()
    cancel_until_hours: CancelUntil = 0.0
    time_conflict: OnConflict = OnConflict.REFUSE
    duplicate_product: OnConflict = OnConflict.WARN
    product: tuple[OtherProduct, ...] = ()
    buffer_minutes: int = Field(default=5, ge=0, le=60)
    travel_minutes: int = Field(default=15, ge=0, le=240)

    def nis_code(self, day: date) -> str | None:
        """The NIS code on ``day``; ``None`` when the municipality does not exist then."""
        return next((code.code for code in self.nis if code.holds(day)), None)

    def ovo_code(self, day: date) -> str | None:
        """The OVO code on ``day``, where one is known."""
        return next((code.code for code in self.ovo if code.holds(day)), None)


class Travel(Table):
    """How long it takes from one municipality or location to another, and back."""

    from_: Identifier = Field(alias="from", description="the id of a municipality or location")
    to: Identifier = Field(description="the id of a municipality or location")
    minutes: int = Field(ge=0, le=240)


class MunicipalitiesFile(Table):
    """``municipalities.toml``."""

    municipality: tuple[Municipality, ...] = Field(
        min_length=1, description="write [[municipality]] with id, name and nis"
    )
    travel: tuple[Travel, ...] = ()


class Texts(Table):
    """What citizens read of a product, in one language."""

    name: ShortText = Field(min_length=1)
    description: Annotated[str, Field(max_length=5000)] = ""
    bring: tuple[ShortText, ...] = ()


class KnownProduct(Texts):
    """A product known across municipalities; its own texts are Dutch."""

    id: Identifier = Field(description='the IPDC product number in quotes: "697"')
    fr: Texts | None = None
    de: Texts | None = None
    en: Texts | None = None

    def texts(self, language: str) -> Texts:
        """The texts in ``language``; Dutch where it was not translated."""
        return {"fr": self.fr, "de": self.de, "en": self.en}.get(language) or self


class ProductsFile(Table):
    """``products.toml``."""

    product: tuple[KnownProduct, ...] = Field(
        min_length=1, description="write [[product]] with id and name"
    )


class Limits(Table):
    """How hard the gateway leans on one source.

    Attributes:
        timeout_seconds: the longest that one call may take.
        concurrency: how many reads may run at once.
    """

    timeout_seconds: float = Field(default=8.0, gt=0, le=60)
    concurrency: int = Field(default=10, ge=1, le=100)


class Accepts(StrEnum):
    """What an operator lets through to a source (docs/adr/0270).

    ``everything``; ``changes``: no new bookings, while those that stand are shown, cancelled
    and moved; ``nothing``: nothing is sent to it at all.
    """

    EVERYTHING = "everything"
    CHANGES = "changes"
    NOTHING = "nothing"


class SourceFile(Table):
    """``sources/<id>.toml``."""

    vendor: str = Field(description="the name of an adapter")
    municipality: str = Field(description="the id of a municipality in municipalities.toml")
    zone: Zone = "Europe/Brussels"
    accepts: Accepts = Accepts.EVERYTHING
    cancel_until_hours: CancelUntil | None = None
    products: dict[Identifier, Identifier] = Field(default_factory=dict)
    limits: Limits = Limits()
    settings: dict[str, Any] = Field(default_factory=dict)
