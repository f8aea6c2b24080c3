"""Finds out what can be booked at a sandbox of which nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from contracts.adapter import Capability
from contracts.deadline import Deadline
from contracts.errors import ProductsNotCombinable
from contracts.manifest import AmountModel, Combination, Manifest
from contracts.models import IntakeField, IntakeKind, Location, Product, ProductQuantity, SlotQuery
from contracts.suite.harness import AnyAdapter, Harness

_DAYS = 28
_TRIED = 10
_ENOUGH = 3
_OWN = "answers."
_EXAMPLES = {
    IntakeKind.EMAIL: "noor.peeters@example.org",
    IntakeKind.TELEPHONE: "+3221234567",
    IntakeKind.DATE: "1990-05-17",
    IntakeKind.CHECKBOX: "true",
}


class NothingToBook(LookupError):
    """The source offers nothing that the suite could run on; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the fields of a ``Harness`` with these names can be: the same before every behaviour.

    ``facts`` are those that the sandbox's own catalogue decides.
    """

    query: SlotQuery
    combined: SlotQuery | None
    not_combinable: SlotQuery | None
    approval: SlotQuery | None
    answers: Mapping[str, str]
    facts: Mapping[str, object]

    def harness(self, adapter: AnyAdapter, *, second: AnyAdapter, manifest: Manifest) -> Harness:
        """A harness on this sandbox."""
        facts = manifest.facts.model_copy(update=self.facts)
        return Harness(
            adapter,
            second=second,
            manifest=manifest.model_copy(update={"facts": facts}),
            query=self.query,
            combined=self.combined,
            not_combinable=self.not_combinable,
            approval=self.approval,
            answers=self.answers,
        )


async def explore(adapter: AnyAdapter) -> Findings:
    """Ask the sandbox's own catalogue what there is to book.

    Raises:
        NothingToBook: no product has three free slots in the coming four weeks.
    """
    # Of the first ones as many behaviours as possible can be shown.
    products = sorted(await adapter.products(deadline=_soon()), key=_shows_less)
    query = await _bookable(adapter, [each for each in products if not each.approval])
    if query is None:
        raise NothingToBook(
            f"None of the first {_TRIED} products has {_ENOUGH} free slots in the coming {_DAYS} "
            "days without approval by staff: open some in the sandbox."
        )
    approval = await _bookable(adapter, [each for each in products if each.approval])
    combined, not_combinable = await _together(adapter, query, products)
    facts: dict[str, object] = {"approval": any(each.approval for each in products)}
    if all(each.max_quantity == 1 for each in products):
        facts["amount_model"] = AmountModel.NONE
    if combined is None:
        facts["combination"] = Combination.NONE
    elif not_combinable is None:
        facts["combination"] = Combination.ANY
    answers = await _answers(adapter, [query, combined, approval])
    return Findings(query, combined, not_combinable, approval, answers, facts)


def _shows_less(product: Product) -> tuple[bool, bool]:
    return product.approval, product.max_quantity == 1


async def _bookable(adapter: AnyAdapter, products: Sequence[Product]) -> SlotQuery | None:
    """One of these products, where it has slots."""
    for product in products[:_TRIED]:
        asked = _one_each(product)
        places = await adapter.locations(asked, deadline=_soon())
        if query := await _free(adapter, places, asked):
            return query
    return None


async def _together(
    adapter: AnyAdapter, query: SlotQuery, products: Sequence[Product]
) -> tuple[SlotQuery | None, SlotQuery | None]:
    """Two products that share a slot, and two that never do; none where there are no such two."""
    combined: SlotQuery | None = None
    not_combinable: SlotQuery | None = None
    for pair in combinations(products[:_TRIED], 2):
        asked = _one_each(*pair)
        try:
            places = await adapter.locations(asked, deadline=_soon())
        except ProductsNotCombinable:
            places = ()
        if not places:
            not_combinable = not_combinable or query.model_copy(update={"products": asked})
        elif combined is None:
            combined = await _free(adapter, places, asked)
        if combined is not None and not_combinable is not None:
            break
    return combined, not_combinable


async def _free(
    adapter: AnyAdapter, places: Sequence[Location], products: tuple[ProductQuantity, ...]
) -> SlotQuery | None:
    """The first place that has enough slots for these products."""
    for place in places[:_TRIED]:
        query = _query(adapter, place, products)
        if len(await adapter.slots(query, deadline=_soon())) >= _ENOUGH:
            return query
    return None


def _query(
    adapter: AnyAdapter, location: Location, products: tuple[ProductQuantity, ...]
) -> SlotQuery:
    today = adapter.context.now().astimezone(ZoneInfo(location.zone)).date()
    return SlotQuery(
        location_id=location.id,
        products=products,
        first_day=today,
        last_day=today + timedelta(days=_DAYS),
    )


def _one_each(*products: Product) -> tuple[ProductQuantity, ...]:
    return tuple(ProductQuantity(product_id=each.id) for each in products)


async def _answers(adapter: AnyAdapter, queries: Sequence[SlotQuery | None]) -> Mapping[str, str]:
    """Something for each question of the source's own."""
    if Capability.INTAKE_FIELDS not in adapter.available():
        return {}
    answers: dict[str, str] = {}
    for query in queries:
        if query is not None:
            fields = await adapter.intake_fields(query.products, deadline=_soon())
            own = [field for field in fields if field.name.startswith(_OWN)]
            answers |= {field.name.removeprefix(_OWN): _answer(field) for field in own}
    return answers


def _answer(field: IntakeField) -> str:
    if field.options:
        return field.options[0].value
    return _EXAMPLES.get(field.kind, "proefantwoord")[: field.max_length]


def _soon() -> Deadline:
    return Deadline.after(10)
