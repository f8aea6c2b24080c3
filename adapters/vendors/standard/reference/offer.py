"""What this town hall sells: products, locations, and the questions that come with them.

Your own system has these in its database; nothing else in this folder knows where they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.vendors.standard.wire import Confirmation
from contracts.errors import (
    CustomerFieldsMissing,
    Issue,
    ProductsNotCombinable,
    QuantityExceeded,
    ResourceNotFound,
)
from contracts.models import (
    Address,
    IntakeField,
    IntakeKind,
    Location,
    Product,
    ProductQuantity,
)

_FIELD = "urn:problem-type:afsprakenpoort:fieldMissing"


@dataclass(frozen=True)
class Offered:
    """A product and what the contract does not show of it.

    Products of one group go together in one appointment; ``minutes`` is what one of it takes.
    """

    product: Product
    minutes: int
    group: str = ""
    questions: tuple[IntakeField, ...] = ()


_PAPERS = "reisdocumenten"
PRODUCTS = {
    offered.product.id: offered
    for offered in (
        Offered(Product(id="eid", name="Identiteitskaart (eID)", max_quantity=6), 10, _PAPERS),
        Offered(
            Product(
                id="reispas",
                name="Reispas",
                bring=("Uw identiteitskaart", "Een recente pasfoto"),
                max_quantity=6,
            ),
            15,
            _PAPERS,
        ),
        Offered(Product(id="kids-id", name="Kids-ID", max_quantity=4), 10, _PAPERS),
        Offered(Product(id="rijbewijs", name="Rijbewijs", max_quantity=1), 15),
        Offered(
            Product(id="huwelijk", name="Huwelijk aangeven", max_quantity=1, approval=True),
            45,
            questions=(
                IntakeField(
                    name="answers.partner",
                    label="Naam van uw partner",
                    required=True,
                    max_length=128,
                ),
            ),
        ),
    )
}
LOCATIONS = {
    location.id: location
    for location in (
        Location(
            id="stadhuis",
            name="Stadhuis Genk",
            zone="Europe/Brussels",
            address=Address(
                street="Stadsplein", house_number="1", postal_code="3600", city="Genk", country="BE"
            ),
            telephone="089 00 00 00",
        ),
        Location(
            id="loket-noord",
            name="Loket Genk-Noord",
            zone="Europe/Brussels",
            address=Address(street="Hoefstadstraat", postal_code="3600", city="Genk", country="BE"),
        ),
    )
}
ONLY_AT_THE_TOWN_HALL = frozenset({"huwelijk", "rijbewijs"})
CONTACT = (
    IntakeField(name="givenName", required=True, max_length=64),
    IntakeField(name="familyName", required=True, max_length=64),
    IntakeField(name="email", kind=IntakeKind.EMAIL, max_length=254, one_of_group="contact"),
    IntakeField(name="phone", kind=IntakeKind.TELEPHONE, max_length=32, one_of_group="contact"),
)


def chosen(products: Sequence[ProductQuantity]) -> list[Offered]:
    """The products asked for, once each. Raises where they do not exist or go together."""
    found = [PRODUCTS.get(name) for name in dict.fromkeys(each.product_id for each in products)]
    known = [offered for offered in found if offered is not None]
    if len(known) < len(found):
        raise ResourceNotFound("There is no such product.")
    if len(known) > 1 and {offered.group for offered in known} != {_PAPERS}:
        raise ProductsNotCombinable("These products are handled in separate appointments.")
    return known


def places(products: Sequence[ProductQuantity]) -> list[Location]:
    """Where all of them are handled in one appointment; everywhere when none are asked for."""
    names = {offered.product.id for offered in chosen(products)}
    return [
        location
        for location in LOCATIONS.values()
        if location.id == "stadhuis" or not names & ONLY_AT_THE_TOWN_HALL
    ]


def length(products: Sequence[ProductQuantity]) -> timedelta:
    """How long they take together. Raises ``QuantityExceeded``."""
    amounts: Counter[str] = Counter()
    for each in products:
        amounts[each.product_id] += each.quantity
    minutes = 0
    for offered in chosen(products):
        amount = amounts[offered.product.id]
        if amount > (offered.product.max_quantity or amount):
            raise QuantityExceeded(f"At most {offered.product.max_quantity} in one appointment.")
        minutes += offered.minutes * amount
    return timedelta(minutes=minutes)


def fields(products: Sequence[ProductQuantity]) -> list[IntakeField]:
    """What is asked for exactly these products."""
    return [*CONTACT, *(question for offered in chosen(products) for question in offered.questions)]


def check(products: Sequence[ProductQuantity], given: Confirmation) -> None:
    """Raise ``CustomerFieldsMissing`` with an issue for each field that is missing or too long."""
    booker = given.booker.model_dump(mode="json", by_alias=True, exclude_none=True)
    answers = {f"answers.{key}": answer for key, answer in given.answers.items()}
    filled = {name for name, value in (booker | answers).items() if value.strip()}
    asked = fields(products)
    wrong = [
        field.name
        for field in asked
        if (field.required and field.name not in filled)
        or len((booker | answers).get(field.name, "")) > (field.max_length or 2000)
    ]
    for group in {field.one_of_group for field in asked if field.one_of_group}:
        members = [field.name for field in asked if field.one_of_group == group]
        wrong += [] if filled & set(members) else members
    if wrong:
        issues = tuple(Issue(type=_FIELD, name=name, detail="Fill this in.") for name in wrong)
        raise CustomerFieldsMissing("The contact data is not complete.", issues=issues)
