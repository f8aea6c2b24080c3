"""The search held against the planner that tries everything, on small towns of every kind."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.planning.chains import Counter, Leg, Offer, Town
from gateway.planning.quick import quick_chains
from gateway.planning.search import Search
from tests.gateway.planning import exhaustive

Days = dict[int, list[Offer]]
DAY = 100
EXAMPLES = settings(derandomize=True, deadline=None)


LEGS = st.builds(
    lambda travel, buffer: Leg(travel, travel + buffer), st.integers(0, 8), st.integers(0, 3)
)


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Up to three places, with travel that need be neither symmetric nor shortest."""
    whole = (1 << draw(st.integers(1, 4))) - 1
    places = draw(st.integers(1, 3))
    counter = st.builds(
        Counter,
        place=st.integers(0, places - 1),
        products=st.integers(1, whole),
        pivot=st.booleans(),
        alone=st.sampled_from([False, False, False, True]),
        away=st.booleans(),
    )
    counters = draw(st.lists(counter, min_size=1, max_size=6))
    return Town(whole, counters, [[draw(LEGS) for _ in range(places)] for _ in range(places)])


@st.composite
def questions(draw: st.DrawFn) -> tuple[Town, Days]:
    """A town, and up to nine offers on up to three days, on a grid or on none."""
    town = draw(towns())
    return town, draw(offered(town, most=9, days=3))


@st.composite
def busy(draw: st.DrawFn) -> tuple[Town, Days]:
    """Many chains to choose among: few products, each at two places, and many offers."""
    products = draw(st.sampled_from([2, 2, 3]))
    counters = [Counter(place, 1 << product) for product in range(products) for place in (0, 1)]
    counters.append(Counter(0, 3, away=True))
    town = Town((1 << products) - 1, counters, [[draw(LEGS) for _ in "ab"] for _ in "ab"])
    return town, draw(offered(town, most=20, days=draw(st.sampled_from([1, 2]))))


@st.composite
def offered(draw: st.DrawFn, town: Town, *, most: int, days: int) -> Days:
    grid = draw(st.sampled_from([1, 2, 5]))
    offer = st.tuples(
        st.integers(0, days - 1),
        st.integers(0, 60 // grid),
        st.sampled_from([1, 1, 2, 3, 8]),
        st.integers(0, len(town.counters) - 1),
    )
    size = draw(st.integers(0, most))
    drawn = draw(st.lists(offer, min_size=size, max_size=size))
    made: Days = {}
    for number, (day, step, length, at) in enumerate(drawn):
        start = day * DAY + grid * step
        made.setdefault(day, []).append(Offer(start, start + grid * length, at, number))
    return made


@settings(EXAMPLES, max_examples=500)
@given(questions() | busy())
def test_no_better_plan_is_missed_and_no_worse_one_is_kept(question: tuple[Town, Days]) -> None:
    town, days = question
    found = Search(town, days).best()

    assert found.complete
    expected = exhaustive.best(town, days).chains
    assert [chain.worth for chain in found.chains] == sorted(chain.worth for chain in expected)


@EXAMPLES
@given(questions())
def test_a_plan_is_a_chain_of_offers_that_can_be_kept(question: tuple[Town, Days]) -> None:
    town, days = question
    offered = {offer for offers in days.values() for offer in offers}
    for chain in Search(town, days).best().chains:
        assert offered >= set(chain.offers)
        counters = [town.counters[offer.counter] for offer in chain.offers]
        # Every product once: the bits add up without a carry.
        assert sum(counter.products for counter in counters) == town.whole
        assert all(exhaustive.fits(town, *pair) for pair in pairwise(chain.offers))
        assert sum(counter.pivot for counter in counters) <= 1
        assert chain.stops == 1 or not any(counter.alone for counter in counters)
        assert chain.worth == exhaustive.measured(town, chain.offers).worth


@EXAMPLES
@given(questions() | busy())
def test_the_soonest_of_a_day_knows_no_other_day(question: tuple[Town, Days]) -> None:
    town, days = question
    for day, offers in days.items():
        soonest = min((chain.worth for chain in exhaustive.every_chain(town, offers)), default=None)
        found = Search(town, days).soonest_of(day)
        assert (found.worth if found else None) == soonest


@EXAMPLES
@given(questions(), st.integers(1, 20))
def test_with_little_work_allowed_a_plan_is_a_plan_all_the_same(
    question: tuple[Town, Days], most_steps: int
) -> None:
    town, days = question
    found = Search(town, days, most_steps).best()
    for chain in found.chains:
        assert chain.worth == exhaustive.measured(town, chain.offers).worth
        assert all(exhaustive.fits(town, *pair) for pair in pairwise(chain.offers))
    if found.complete:
        expected = exhaustive.best(town, days).chains
        assert len(found.chains) == len(expected)


@EXAMPLES
@given(questions() | busy())
def test_what_is_quickly_found_is_a_plan_too(question: tuple[Town, Days]) -> None:
    town, days = question
    for offers in days.values():
        allowed = {chain.offers: chain.worth for chain in exhaustive.every_chain(town, offers)}
        for chain in quick_chains(town, offers):
            assert chain.worth == allowed[chain.offers]


def test_eight_products_get_a_plan_and_a_word_about_it() -> None:
    counters = [Counter(place, 1 << product) for product in range(8) for place in range(3)]
    town = Town(255, counters, [[Leg(0, 5)] * 3] * 3)
    offers = [
        Offer(start, start + 10 + at % 3, at, start)
        for start in range(0, 2000, 5)
        for at in range(start % 7, len(counters), 7)
    ]
    found = Search(town, {0: offers}, most_steps=10_000).best()

    assert found.chains
    assert not found.complete


TWO = Town(3, [Counter(0, 1), Counter(0, 2)], [[Leg(0, 0)]])


def worths(town: Town, days: Days) -> list[tuple[int, int]]:
    """Finish and waiting of what is found."""
    return [(chain.finish, chain.waiting) for chain in Search(town, days).best().chains]


def test_a_long_appointment_may_leave_less_to_wait_than_a_short_one_inside_it() -> None:
    offers = [Offer(0, 20, 0, 0), Offer(2, 5, 0, 1), Offer(20, 25, 1, 2)]

    assert worths(TWO, {0: offers}) == [(25, 0)]


def test_a_chain_found_later_may_end_sooner() -> None:
    offers = [Offer(0, 5, 0, 0), Offer(5, 30, 1, 1), Offer(7, 10, 1, 2)]

    assert worths(TWO, {0: offers}) == [(10, 2), (30, 0)]


def test_a_later_day_counts_where_it_leaves_less_to_wait() -> None:
    days = {
        0: [Offer(0, 5, 0, 0), Offer(15, 20, 1, 1)],
        1: [Offer(100, 105, 0, 2), Offer(110, 115, 1, 3)],
        2: [Offer(200, 205, 0, 4), Offer(210, 215, 1, 5)],
    }
    assert worths(TWO, days) == [(20, 10), (115, 5)]


def test_several_days_are_only_taken_where_no_day_will_do() -> None:
    days = {0: [Offer(0, 5, 0, 0)], 1: [Offer(100, 105, 1, 1)]}
    assert worths(TWO, days) == [(105, 95)]

    days[2] = [Offer(200, 205, 0, 2), Offer(250, 255, 1, 3)]
    assert worths(TWO, days) == [(255, 45)]
