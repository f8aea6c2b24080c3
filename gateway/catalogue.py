"""What can be had where: municipalities, their products and locations, and free slots."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from contracts.api import (
    Municipalities,
    Municipality,
    OfferedLocations,
    OfferedProduct,
    OfferedProducts,
    OfferedSlot,
    OfferedSlots,
    SlotsQuery,
)
from contracts.deadline import Deadline
from contracts.errors import (
    InvalidRequest,
    ProductsNotCombinable,
    ResourceNotFound,
)
from contracts.models import (
    IntakeField,
    Location,
    Product,
    ProductQuantity,
    Slot,
    SlotQuery,
)
from gateway import offers
from gateway.booking.slot_ids import SlotIds, day_of, free_by_day
from gateway.choice import check_choice
from gateway.federation import Answers, ask, ask_each
from gateway.ledger.records import AppointmentRecord, Summary
from gateway.reads import Chosen, Reads
from gateway.settings import Directory
from gateway.settings import Municipality as MunicipalitySettings
from gateway.sources import Source, Sources

T = TypeVar("T")

MOST_SLOTS = 10_000
_BREATH = 200
_ZONE = ZoneInfo("Europe/Brussels")


class Catalogue:
    """Answers from memory where it may, and asks the sources where it must.

    Products and locations change a few times a year and are kept; slots are always asked.
    ``patience`` is how long, in seconds, a caller waits; what is silent by then is named.
    """

    def __init__(
        self,
        directory: Directory,
        sources: Sources,
        slot_ids: SlotIds,
        now: Callable[[], datetime],
        *,
        patience: float = 5.0,
    ) -> None:
        self._directory = directory
        self._sources = sources
        self._slot_ids = slot_ids
        self._now = now
        self._patience = patience
        self._reads = Reads()

    async def aclose(self) -> None:
        """End what is being asked in the background; before the sources are closed."""
        await self._reads.aclose()

    def municipalities(self) -> Municipalities:
        """Those that exist today, by name."""
        today = self._now().astimezone(_ZONE).date()
        items = [
            Municipality(id=each.id, name=each.name, nis_code=code, ovo_code=each.ovo_code(today))
            for each in self._directory.municipalities.values()
            if (code := each.nis_code(today)) is not None
        ]
        items.sort(key=lambda municipality: municipality.name.casefold())
        return Municipalities(items=tuple(items), total=len(items))

    def municipality(self, municipality_id: str) -> MunicipalitySettings:
        """One that exists today. Raises ``ResourceNotFound``."""
        found = self._directory.municipalities.get(municipality_id)
        if found is None or found.nis_code(self._now().astimezone(_ZONE).date()) is None:
            raise ResourceNotFound("There is no such municipality here.")
        return found

    async def products(self, municipality_id: str, language: str = "nl") -> OfferedProducts:
        """Everything the municipality offers, by name, and how to get it.

        Raises:
            ResourceNotFound: an unknown municipality.
        """
        municipality = self.municipality(municipality_id)
        deadline = Deadline.after(self._patience)

        async def open_products(source: Source) -> Mapping[str, Product]:
            source.admit_booking()
            return await self._reads.products(source, deadline)

        answers = await ask(
            self._sources.of(municipality.id),
            open_products,
            deadline,
        )
        offered = {
            other.product: offers.not_bookable(
                self._directory.products[other.product], other, language
            )
            for other in municipality.product
        }
        bookable: dict[str, OfferedProduct] = {}
        for source, products in answers.items:
            for number, theirs in source.products.items():
                if theirs in products:
                    known = self._directory.products[number]
                    offer = offers.bookable(known, products[theirs], language)
                    # Two sources may offer it: say the most that one of them takes at once.
                    bookable[number] = max(
                        bookable.get(number, offer),
                        offer,
                        key=lambda each: each.max_quantity or math.inf,
                    )
        items = sorted((offered | bookable).values(), key=lambda offer: offer.name.casefold())
        return OfferedProducts(
            items=tuple(items), total=len(items), unavailable=answers.unavailable
        )

    async def locations(
        self, municipality_id: str, products: Sequence[ProductQuantity]
    ) -> OfferedLocations:
        """Where all the products can be handled in one appointment.

        Raises:
            ResourceNotFound: an unknown municipality, or a product it does not offer.
            InvalidRequest: a product that is not booked online; the detail says how to get it.
            ProductsNotCombinable, QuantityExceeded: not in one appointment.
        """
        deadline = Deadline.after(self._patience)
        answers = await self._places(self.municipality(municipality_id), products, deadline)
        items = tuple(
            offers.location(source, place) for source, places in answers.items for place in places
        )
        return OfferedLocations(items=items, total=len(items), unavailable=answers.unavailable)

    async def places(
        self, source: Source, products: Sequence[ProductQuantity], deadline: Deadline
    ) -> Sequence[Location]:
        """Where one source handles all the products together.

        Raises ``ProductsNotCombinable``, ``QuantityExceeded`` or a ``VendorError``.
        """
        return await self._reads.locations(source, source.to_vendor(products), deadline)

    async def slots(self, query: SlotsQuery) -> OfferedSlots:
        """Free slots with their sealed ids; see ``free``."""
        answers = await self.free(query)
        by_source: dict[str, list[Slot]] = {}
        for source, (_, slot) in answers.items:
            by_source.setdefault(source.id, []).append(slot)
        free = {source_id: free_by_day(slots) for source_id, slots in by_source.items()}
        items = []
        for done, (source, (zone, slot)) in enumerate(answers.items):
            if done % _BREATH == 0:
                await asyncio.sleep(0)  # sealing thousands takes a while: let others through
            alike = free[source.id][day_of(slot)]
            slot_id, expires_at = self._slot_ids.make(source.id, slot, alike)
            items.append(
                OfferedSlot(
                    slot_id=slot_id,
                    location_id=source.location_id(slot.location_id),
                    start=slot.start.astimezone(zone),
                    end=slot.end.astimezone(zone),
                    expires_at=expires_at,
                )
            )
        return OfferedSlots(items=tuple(items), total=len(items), unavailable=answers.unavailable)

    async def free(self, query: SlotsQuery) -> Answers[tuple[ZoneInfo, Slot]]:
        """Free slots as their vendors know them, with the location's zone, sorted by start.

        Raises:
            ResourceNotFound: an unknown municipality, product or location.
            InvalidRequest: days or products that make no query, or far too many slots.
            ProductsNotCombinable, QuantityExceeded: not in one appointment.
        """
        check_choice(query)
        municipality = self.municipality(query.municipality_id)
        deadline = Deadline.after(self._patience)
        places = await self._places(municipality, query.products, deadline, query.location_id)
        questions = [(source, (source, each)) for source, them in places.items for each in them]

        async def at(place: tuple[Source, Location]) -> tuple[ZoneInfo, Sequence[Slot]]:
            source, location = place
            asked = SlotQuery(
                location_id=location.id,
                products=source.to_vendor(query.products),
                first_day=query.first_day,
                last_day=query.last_day,
            )
            read = source.read(lambda adapter, own: adapter.slots(asked, deadline=own), deadline)
            return ZoneInfo(location.zone), await read

        answers = _not_refused(await ask_each(questions, at, deadline))
        items = [
            (source, (zone, slot)) for source, (zone, slots) in answers.items for slot in slots
        ]
        if len(items) > MOST_SLOTS:
            raise InvalidRequest("Too many times to show: ask for fewer days, or one location.")
        items.sort(key=lambda item: int(item[1][1].start.timestamp()))
        silent = {each.source: each for each in (*places.unavailable, *answers.unavailable)}
        return Answers(tuple(items), tuple(silent.values()))

    async def intake_fields(
        self, source: Source, products: Chosen, deadline: Deadline
    ) -> Sequence[IntakeField]:
        """What a source asks for these products, in its own ids. Raises ``VendorError``."""
        return await self._reads.intake_fields(source, products, deadline)

    async def summary(
        self, source: Source, slot: Slot, deadline: Deadline, language: str = "nl"
    ) -> Summary:
        """The names around a slot, to be kept with its appointment. Raises ``VendorError``."""
        return await self.names(source, slot.location_id, slot.products, deadline, language)

    async def names(
        self,
        source: Source,
        location_id: str,
        chosen: Chosen,
        deadline: Deadline,
        language: str = "nl",
    ) -> Summary:
        """As ``summary``, of products at a location, in the vendor's ids."""
        products = await self._reads.products(source, deadline)
        places = await self._reads.locations(source, (), deadline)
        place = next((each for each in places if each.id == location_id), None)
        numbers = [source.number(each.product_id) for each in chosen]
        theirs = [products.get(each.product_id) for each in chosen]
        return Summary(
            municipality_id=source.municipality_id,
            municipality=source.municipality.name,
            location=offers.location(source, place)
            if place
            else offers.unnamed_location(source, location_id),
            products=tuple(
                offers.booked(
                    self._directory.products.get(number), product, number, each.quantity, language
                )
                for each, number, product in zip(chosen, numbers, theirs, strict=True)
            ),
            approval=any(product.approval for product in theirs if product),
        )

    def named(self, record: AppointmentRecord, language: str) -> AppointmentRecord:
        """An appointment with its products named in this language, where that is known."""
        products = tuple(
            offers.in_language(self._directory.products.get(each.id), each, language)
            for each in record.summary.products
        )
        return replace(record, summary=record.summary.model_copy(update={"products": products}))

    def not_booked_here(
        self, municipalities: Sequence[MunicipalitySettings], number: str
    ) -> ResourceNotFound | InvalidRequest:
        """The error for a product that no source of these has: how to get it, if at all."""
        known = self._directory.products.get(number)
        for municipality in municipalities:
            for other in municipality.product:
                if known is not None and other.product == number:
                    return InvalidRequest(offers.how_to_get(municipality, known, other))
        names = " and ".join(municipality.name for municipality in municipalities)
        return ResourceNotFound(f"This product is not offered by {names}.")

    # ------------------------------------------------------------------------------------

    async def _places(
        self,
        municipality: MunicipalitySettings,
        products: Sequence[ProductQuantity],
        deadline: Deadline,
        location_id: str | None = None,
    ) -> Answers[Sequence[Location]]:
        """The locations, or the one asked for, that can handle all the products together."""
        sources = self._candidates(municipality, products)
        if location_id is not None:
            sources = [each for each in sources if each.vendor_location(location_id) is not None]
            if not sources:
                raise ResourceNotFound("There is no such location for these products.")

        async def at(source: Source) -> Sequence[Location]:
            if location_id is None:  # who moves an appointment names the place
                source.admit_booking()
            places = await self._reads.locations(source, source.to_vendor(products), deadline)
            if location_id is None:
                return places
            asked = [each for each in places if each.id == source.vendor_location(location_id)]
            if not asked:
                raise ResourceNotFound("There is no such location for these products.")
            return asked

        return _not_refused(await ask(sources, at, deadline))

    def _candidates(
        self, municipality: MunicipalitySettings, products: Sequence[ProductQuantity]
    ) -> list[Source]:
        """The sources that have all the products, if every one can be booked at all."""
        sources = self._sources.of(municipality.id)
        for product in products:
            if not any(product.product_id in source.products for source in sources):
                raise self.not_booked_here([municipality], product.product_id)
        numbers = {product.product_id for product in products}
        candidates = [source for source in sources if numbers <= source.products.keys()]
        if not candidates:
            raise ProductsNotCombinable("These are handled separately: choose them one by one.")
        return candidates


def _not_refused(answers: Answers[T]) -> Answers[T]:
    """Raise the first refusal when nobody has anything else to say."""
    if answers.refused and not answers.items and not answers.unavailable:
        raise answers.refused[0]
    return answers
