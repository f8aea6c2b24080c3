"""Plans a trip for several products: asks the sources, searches, and seals what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from contracts.api import Plan, PlannedStop, Plans, PlansQuery
from contracts.deadline import Deadline
from contracts.errors import TooManyRequests
from contracts.models import ProductQuantity, SlotQuery
from contracts.states import Policy
from gateway.booking.conflicts import possible
from gateway.booking.order import guarantee, risks
from gateway.booking.slot_ids import day_of, free_by_day
from gateway.booking.workflows import Parts
from gateway.catalogue import Catalogue
from gateway.choice import check_choice
from gateway.federation import ask_each
from gateway.ledger import Engagement
from gateway.planning.answers import (
    Answer,
    read_days,
    refuse_what_cannot_be,
    refuse_what_cannot_be_promised,
    town_of,
)
from gateway.planning.chains import Chain, Offer
from gateway.planning.labels import Shown, shown
from gateway.planning.questions import Question, Together, worth_asking, worth_locating
from gateway.planning.search import Search
from gateway.planning.travel import TravelTimes
from gateway.settings import Directory
from gateway.sources import Source

_AT_ONCE = 2
# Each keeps the answers of its sources in memory until it is its turn.
_MOST_BEGUN = 20
_LOCATING = 0.4
_MINUTE = 60


class Planner:
    """Answers when and where all of it can be done. ``patience`` as of ``Catalogue``."""

    def __init__(
        self,
        directory: Directory,
        parts: Parts,
        catalogue: Catalogue,
        *,
        patience: float = 5.0,
    ) -> None:
        self._travel = TravelTimes(directory)
        self._sources = parts.sources
        self._catalogue = catalogue
        self._slot_ids = parts.slot_ids
        self._visits = parts.ledger.visits
        self._patience = patience
        # The search is pure Python: more of them at once would only slow each other down.
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._begun = 0

    async def plans(
        self, query: PlansQuery, language: str, citizen_key: str | None = None
    ) -> Plans:
        """The labelled plans, and alternatives: for a citizen, at times that are still free.

        Raises:
            ResourceNotFound: an unknown municipality, or a product that none of them offers.
            InvalidRequest: days or products that make no query, or a product that is not booked
                online; the detail says how to get it.
            ProductsNotCombinable: no source can promise these all or nothing.
            QuantityExceeded: more than any source takes.
            TooManyRequests: too many others are waiting for a plan.
        """
        check_choice(query)
        if self._begun >= _MOST_BEGUN:
            raise TooManyRequests(retry_after=self._patience)
        self._begun += 1
        try:
            return await self._plans(query, language, citizen_key)
        finally:
            self._begun -= 1

    # ------------------------------------------------------------------------------------

    async def _plans(self, query: PlansQuery, language: str, citizen_key: str | None) -> Plans:
        deadline = Deadline.after(self._patience)
        engaged = await self._visits.engagements(citizen_key) if citizen_key else ()
        numbers = [product.product_id for product in query.products]
        # Where, takes no more than a part of the time: one that is silent costs no other its plan.
        soon = Deadline.after(self._patience * _LOCATING)
        located = await ask_each(
            [
                (source, (source, products))
                for source in self._with_any(query)
                for products in worth_locating(source, numbers)
            ],
            lambda asked: self._locate(*asked, query.products, soon),
            soon,
        )
        questions, is_all = worth_asking(located.items, query.preferred_location_ids)
        free = await ask_each(
            [(question.source, question) for question in questions],
            lambda question: self._ask(question, query, engaged, deadline, language),
            deadline,
        )
        silent = {each.source: each for each in (*located.unavailable, *free.unavailable)}
        whole = (1 << len(numbers)) - 1
        answered = [answer for _, answer in free.items]
        answers = [answer for answer in answered if answer.slots]
        if not silent:
            refuse_what_cannot_be(answered, whole, (*located.refused, *free.refused))
        found, complete = await self._in_turn(answers, query)
        if not found and not silent:
            refuse_what_cannot_be_promised(answers, whole)
        plans = tuple(self._plan(each, answers) for each in found)
        return Plans(
            items=plans,
            total=len(plans),
            unavailable=tuple(silent.values()),
            complete=complete and is_all,
        )

    def _with_any(self, query: PlansQuery) -> list[Source]:
        """The sources that have any of the products, if every product is at one of them."""
        municipalities = [
            self._catalogue.municipality(each) for each in dict.fromkeys(query.municipality_ids)
        ]
        sources = [source for each in municipalities for source in self._sources.of(each.id)]
        for product in query.products:
            if not any(product.product_id in source.products for source in sources):
                raise self._catalogue.not_booked_here(municipalities, product.product_id)
        numbers = {product.product_id for product in query.products}
        return [source for source in sources if not numbers.isdisjoint(source.products)]

    async def _locate(
        self, source: Source, products: int, wanted: Sequence[ProductQuantity], deadline: Deadline
    ) -> Together:
        source.admit_booking()
        locations = await self._catalogue.places(source, _of(products, wanted), deadline)
        return Together(products, locations)

    async def _ask(
        self,
        question: Question,
        query: PlansQuery,
        engaged: Sequence[Engagement],
        deadline: Deadline,
        language: str,
    ) -> Answer:
        source, location, products = question
        asked = SlotQuery(
            location_id=location.id,
            products=source.to_vendor(_of(products, query.products)),
            first_day=query.first_day,
            last_day=query.last_day,
        )
        free = await source.read(lambda adapter, own: adapter.slots(asked, deadline=own), deadline)
        slots = possible(source.municipality, free, engaged)
        summary = await self._catalogue.names(
            source, location.id, asked.products, deadline, language
        )
        zone = ZoneInfo(location.zone)
        return Answer(source, products, zone, slots, summary, free_by_day(free))

    async def _in_turn(
        self, answers: Sequence[Answer], query: PlansQuery
    ) -> tuple[list[Shown], bool]:
        try:
            await asyncio.wait_for(self._turns.acquire(), self._patience)
        except TimeoutError:
            raise TooManyRequests(retry_after=self._patience) from None
        try:
            return await asyncio.to_thread(self._search, answers, query)
        finally:
            self._turns.release()

    def _search(self, answers: Sequence[Answer], query: PlansQuery) -> tuple[list[Shown], bool]:
        """In a thread: there may be tens of thousands of slots."""
        town = town_of(answers, len(query.products), query.preferred_location_ids, self._travel)
        days, is_all = read_days(answers)
        search = Search(town, days)
        found, complete = shown(search, sorted(days))
        return found, complete and is_all

    def _plan(self, each: Shown, answers: Sequence[Answer]) -> Plan:
        sealed = [self._sealed(answers[offer.counter], offer) for offer in each.chain.offers]
        stops = self._stops(each.chain, answers, [slot_id for slot_id, _ in sealed])
        undoing = [answers[offer.counter].undoing for offer in each.chain.offers]
        return Plan(
            labels=each.labels,
            start=stops[0].start,
            end=stops[-1].end,
            waiting=sum(stop.waiting for stop in stops),
            travel=sum(stop.travel for stop in stops),
            stops=tuple(stops),
            guarantee=guarantee(undoing, Policy.ALL_OR_NOTHING),
            risks=risks(undoing, Policy.ALL_OR_NOTHING),
            expires_at=min(expires_at for _, expires_at in sealed),
        )

    def _sealed(self, answer: Answer, offer: Offer) -> tuple[str, datetime]:
        slot = answer.slots[offer.number]
        return self._slot_ids.make(answer.source.id, slot, answer.free[day_of(slot)])

    def _stops(
        self, chain: Chain, answers: Sequence[Answer], slot_ids: Sequence[str]
    ) -> list[PlannedStop]:
        between = [(0, 0)]
        for before, after in pairwise(chain.offers):
            spots = answers[before.counter].spot, answers[after.counter].spot
            travel = self._travel.leg(*spots).travel
            between.append((travel, after.start - before.end - travel))
        return [
            _stop(answers[offer.counter], offer, slot_id, travel // _MINUTE, waiting // _MINUTE)
            for offer, slot_id, (travel, waiting) in zip(
                chain.offers, slot_ids, between, strict=True
            )
        ]


def _stop(answer: Answer, offer: Offer, slot_id: str, travel: int, waiting: int) -> PlannedStop:
    return PlannedStop(
        slot_id=slot_id,
        municipality_id=answer.summary.municipality_id,
        municipality=answer.summary.municipality,
        location=answer.summary.location,
        start=datetime.fromtimestamp(offer.start, answer.zone),
        end=datetime.fromtimestamp(offer.end, answer.zone),
        products=answer.summary.products,
        travel=travel,
        waiting=waiting,
    )


def _of(products: int, wanted: Sequence[ProductQuantity]) -> tuple[ProductQuantity, ...]:
    return tuple(each for at, each in enumerate(wanted) if products >> at & 1)
