"""Sessions in this process; `make test-live` runs the same tests on a real Redis."""

from __future__ import annotations

from datetime import timedelta

from pydantic import SecretStr

from contracts.suite import Clock
from gateway.identity.session_stores import MemorySessionStore, SessionStore
from gateway.identity.sessions import Citizen, Sessions
from gateway.keys import Keys
from tests.gateway.identity.conftest import registration

MINUTE = timedelta(minutes=1)
KEYS = Keys.from_secret(b"s" * 32)
NUMBER = "85073003328"
NOOR = Citizen(
    citizen_key="v1:noor", given_name="Noor", national_number=SecretStr(NUMBER), acr="eid"
)


class Watched(MemorySessionStore):
    """A store whose contents a thief can read."""

    def contents(self) -> dict[str, bytes]:
        return {key: value for key, (_, value) in self._kept.items()}


def sessions(store: SessionStore, clock: Clock, keys: Keys = KEYS) -> Sessions:
    settings = registration("https://provider.example", client_secret="s")
    return Sessions(settings, store, keys.derive, clock)


async def test_a_store_keeps_what_it_was_given_until_told_otherwise(store: SessionStore) -> None:
    assert await store.get("a", MINUTE) is None
    await store.put("a", b"\x00\xff", MINUTE)
    await store.put("b", b"b", MINUTE)
    assert await store.get("a", MINUTE) == b"\x00\xff"
    await store.delete("a")
    await store.delete("a")
    assert await store.get("a", MINUTE) is None
    assert await store.get("b", MINUTE) == b"b"


async def test_a_session_is_found_and_ended(store: SessionStore, clock: Clock) -> None:
    ours = sessions(store, clock)
    first, second = await ours.begin(NOOR), await ours.begin(NOOR)
    assert len(first) == 43
    assert first != second
    found = await ours.find(first)
    assert found is not None
    assert found.given_name == "Noor"
    assert found.national_number == SecretStr(NUMBER)
    await ours.end(first)
    assert await ours.find(first) is None
    assert await ours.find(second) is not None


async def test_a_session_ends_after_eight_hours_in_any_store(
    store: SessionStore, clock: Clock
) -> None:
    ours = sessions(store, clock)
    session_id = await ours.begin(NOOR)
    for _ in range(16):
        assert await ours.find(session_id) is not None
        clock.advance(timedelta(minutes=29, seconds=59))
    clock.advance(timedelta(minutes=1))
    assert await ours.find(session_id) is None


async def test_a_session_of_another_secret_is_nobody(store: SessionStore, clock: Clock) -> None:
    session_id = await sessions(store, clock).begin(NOOR)
    assert await sessions(store, clock, Keys.from_secret(b"x" * 32)).find(session_id) is None


async def test_a_thief_of_the_store_reads_neither_id_nor_person(clock: Clock) -> None:
    store = Watched(clock)
    session_id = await sessions(store, clock).begin(NOOR)
    ((key, value),) = store.contents().items()
    assert session_id not in key
    for secret in (b"Noor", NUMBER.encode(), b"v1:noor", session_id.encode()):
        assert secret not in value


async def test_a_session_copied_under_another_id_does_not_open(clock: Clock) -> None:
    store = Watched(clock)
    ours = sessions(store, clock)
    mine, theirs = await ours.begin(NOOR), await ours.begin(NOOR)
    (my_key, _), (_, their_value) = store.contents().items()
    await store.put(my_key, their_value, MINUTE)
    assert await ours.find(mine) is None
    assert await ours.find(theirs) is not None


async def test_memory_forgets_the_least_recently_used_and_the_expired(clock: Clock) -> None:
    store = Watched(clock, limit=3)
    for key in "abc":
        await store.put(key, key.encode(), MINUTE)
    await store.get("a", MINUTE)
    await store.put("d", b"d", MINUTE)
    assert set(store.contents()) == {"a", "c", "d"}
    clock.advance(MINUTE)
    assert await store.get("a", MINUTE) is None
    await store.put("e", b"e", MINUTE)
    assert set(store.contents()) == {"e"}
