"""What a memory source can be told: its products, counters, hours and rules.

Every setting has a default: without any, the source is a Flemish town hall.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from contracts.models import Address, Identifier, IntakeField, IntakeKind, Zone

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_OPENING = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class Opening(NamedTuple):
    """When counters are open, in minutes of the wall clock after midnight."""

    opens: int
    closes: int


def _read_opening(text: object) -> object:
    if not isinstance(text, str):
        return text
    match = _OPENING.fullmatch(text)
    if match is None:
        message = f"{text!r} is not an opening; write for example 09:00-12:00"
        raise ValueError(message)
    hours = [int(part) for part in match.groups()]
    opening = Opening(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
    if not opening.opens < opening.closes <= 24 * 60:
        message = f"{text!r} closes before it opens"
        raise ValueError(message)
    return opening


Hours = dict[Weekday, tuple[Annotated[Opening, BeforeValidator(_read_opening)], ...]]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ProductSettings(_Table):
    """A product. Products of one ``group`` go together in one appointment.

    ``minutes`` is the time one of it takes. ``approval``: staff decides on each booking.
    ``questions`` are asked beside the contact data, under names ``answers.<key>``.
    """

    id: Identifier
    name: str
    description: str = ""
    minutes: int = Field(default=10, ge=1, le=480)
    max_quantity: int | None = Field(default=None, ge=1)
    bring: tuple[str, ...] = ()
    group: Identifier | None = None
    approval: bool = False
    questions: tuple[IntakeField, ...] = ()


class LocationSettings(_Table):
    """A place with ``desks`` equal desks, for all products unless some are named."""

    id: Identifier
    name: str
    desks: int = Field(default=1, ge=1, le=100)
    products: tuple[Identifier, ...] = ()
    zone: Zone | None = None
    address: Address | None = None
    telephone: str | None = None


class DeskAppointment(_Table):
    """An appointment made at the desk before the source started.

    It stands on the first free slot from ``in_days`` days after the start, so that a demo
    is always about the coming days.
    """

    product: Identifier
    location: Identifier
    in_days: int = Field(ge=0, le=60)
    quantity: int = Field(default=1, ge=1)


class CitizenSettings(_Table):
    """A citizen the source knows, by ``kind`` and ``value`` of the match key."""

    kind: Literal["nationalNumber", "externalId"] = "nationalNumber"
    value: SecretStr
    appointments: tuple[DeskAppointment, ...]


_MORNING = Opening(9 * 60, 12 * 60)
_AFTERNOON = Opening(13 * 60 + 30, 16 * 60 + 30)
_EVENING = Opening(16 * 60, 19 * 60)

_HOURS: Hours = {
    "monday": (_MORNING, _AFTERNOON),
    "tuesday": (_MORNING, _EVENING),
    "wednesday": (_MORNING, _AFTERNOON),
    "thursday": (_MORNING, _EVENING),
    "friday": (_MORNING,),
    "saturday": (_MORNING,),
}

_PRODUCTS = (
    ProductSettings(
        id="reispas",
        name="Reispas aanvragen",
        minutes=15,
        max_quantity=6,
        bring=("Je identiteitskaart", "Een recente pasfoto"),
        group="identiteit",
    ),
    ProductSettings(
        id="identiteitskaart",
        name="Identiteitskaart (eID) aanvragen",
        minutes=10,
        max_quantity=6,
        bring=("Je oude identiteitskaart", "Een recente pasfoto"),
        group="identiteit",
    ),
    ProductSettings(
        id="rijbewijs",
        name="Rijbewijs aanvragen",
        minutes=15,
        max_quantity=1,
        bring=("Je identiteitskaart", "Je rijexamenattest"),
    ),
    ProductSettings(
        id="huwelijk",
        name="Huwelijk aangeven",
        minutes=45,
        max_quantity=1,
        bring=("De identiteitskaart van beide partners",),
        approval=True,
        questions=(
            IntakeField(
                name="answers.partner",
                label="Naam van je partner",
                required=True,
                max_length=128,
            ),
        ),
    ),
)

_LOCATIONS = (
    LocationSettings(
        id="stadhuis",
        name="Stadhuis",
        desks=2,
        address=Address(street="Grote Markt", house_number="1", country="BE"),
    ),
    LocationSettings(
        id="wijkhuis",
        name="Wijkhuis",
        products=("reispas", "identiteitskaart"),
        address=Address(street="Stationsstraat", house_number="20", country="BE"),
    ),
)

_CONTACT = (
    IntakeField(name="givenName", required=True, max_length=64),
    IntakeField(name="familyName", required=True, max_length=64),
    IntakeField(name="email", kind=IntakeKind.EMAIL, max_length=254, one_of_group="contact"),
    IntakeField(name="phone", kind=IntakeKind.TELEPHONE, max_length=32, one_of_group="contact"),
)


class MemorySettings(_Table):
    """The ``[settings]`` table of a memory source.

    ``hours`` are wall time at the location; slots start every ``step_minutes`` from each
    opening. Slots are offered from ``lead_minutes`` to ``horizon_days`` ahead; citizens
    cancel and move until ``cancel_until_hours`` before the start. Without a
    ``webhook_secret`` no notification is accepted. ``seed`` makes the ids.
    """

    seed: int = 0
    hours: Hours = _HOURS
    step_minutes: int = Field(default=15, ge=1, le=240)
    products: tuple[ProductSettings, ...] = Field(default=_PRODUCTS, min_length=1)
    locations: tuple[LocationSettings, ...] = Field(default=_LOCATIONS, min_length=1)
    contact: tuple[IntakeField, ...] = _CONTACT
    lead_minutes: int = Field(default=120, ge=0)
    horizon_days: int = Field(default=90, ge=1, le=730)
    hold_seconds: int = Field(default=300, ge=1)
    cancel_until_hours: float = Field(default=1, ge=0)
    citizens: tuple[CitizenSettings, ...] = ()
    webhook_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _ids_exist_once(self) -> MemorySettings:
        products = [product.id for product in self.products]
        locations = [location.id for location in self.locations]
        appointments = [made for citizen in self.citizens for made in citizen.appointments]
        used = [
            *(("products", name) for location in self.locations for name in location.products),
            *(("products", made.product) for made in appointments),
            *(("locations", made.location) for made in appointments),
        ]
        known = {"products": products, "locations": locations}
        mistakes = [
            *(
                f"{kind} has {name!r} twice"
                for kind, names in known.items()
                for name in sorted({name for name in names if names.count(name) > 1})
            ),
            *(f"{name!r} is not one of {kind}" for kind, name in used if name not in known[kind]),
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self
