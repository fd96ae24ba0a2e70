"""Durable timers: each fires at least once, and never in two hands at a time."""

import asyncio
from datetime import UTC, datetime, timedelta

from store.ports import Deadline, Store

PAST = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def deadline(name: str, minutes: float = 0, kind: str = "k", **payload: str) -> Deadline:
    return Deadline(name, kind, PAST + timedelta(minutes=minutes), payload)


async def claimed(store: Store, holder: str, limit: int = 10, lease: float = 60.0) -> list[str]:
    return [found.id for found in await store.deadlines.claim("k", holder, lease, limit)]


async def test_those_whose_time_has_come_the_earliest_first(store: Store, other: Store) -> None:
    await store.deadlines.set([deadline("b", 2, user="u"), deadline("a", 1), deadline("later", 90), deadline("c", 3)])
    await store.deadlines.set([deadline("other", kind="another")])
    assert await claimed(other, "h1", 2) == ["a", "b"]
    assert await store.deadlines.claim("k", "h2", 60.0, 10) == [deadline("c", 3)]
    assert await claimed(store, "h3") == []


async def test_one_that_is_done_is_gone(store: Store) -> None:
    await store.deadlines.set([deadline("a"), deadline("b")])
    assert await claimed(store, "h1", lease=0.0) == ["a", "b"]
    await store.deadlines.done("h1", ["a"])
    assert await claimed(store, "h2") == ["b"]


async def test_one_whose_holder_died_comes_again(store: Store, other: Store) -> None:
    await store.deadlines.set([deadline("a")])
    assert await claimed(store, "h1", lease=0.0) == ["a"]
    assert await claimed(other, "h2") == ["a"]
    await store.deadlines.done("h1", ["a"])
    assert await store.deadlines.overdue_seconds("k") > 0, "it is another's now"
    await other.deadlines.done("h2", ["a"])
    assert await store.deadlines.overdue_seconds("k") == 0


async def test_of_many_who_claim_at_once_one_gets_it(store: Store, other: Store) -> None:
    await store.deadlines.set([deadline(f"d{number}") for number in range(50)])
    claims = await asyncio.gather(*(claimed((store, other)[n % 2], f"h{n}", 20) for n in range(10)))
    taken = [each for claim in claims for each in claim]
    assert len(taken) == len(set(taken))


async def test_a_later_one_takes_its_place_and_an_earlier_does_not(store: Store) -> None:
    await store.deadlines.set([deadline("a", 1, since="1"), deadline("a", 5, since="5"), deadline("a", 2, since="2")])
    assert await store.deadlines.claim("k", "h", 60.0, 10) == [deadline("a", 5, since="5")]


async def test_one_that_is_set_anew_in_somebodys_hand_is_not_over(store: Store) -> None:
    await store.deadlines.set([deadline("a", 1)])
    assert await claimed(store, "h1") == ["a"]
    await store.deadlines.set([deadline("a", 2)])
    await store.deadlines.done("h1", ["a"])
    assert await claimed(store, "h2") == ["a"]


async def test_how_late_the_earliest_is(store: Store) -> None:
    assert await store.deadlines.overdue_seconds("k") == 0
    await store.deadlines.set([deadline("a", 30), deadline("b", 20), deadline("c", 300)])
    late = await store.deadlines.overdue_seconds("k")
    assert 40 * 60 <= late < 60 * 60
    await store.deadlines.set([])


async def test_names_and_values_that_look_like_operators(store: Store) -> None:
    odd = deadline("$a.b", 1, user="$user")
    await store.deadlines.set([odd])
    assert await store.deadlines.claim("k", "$h", 60.0, 10) == [odd]
    await store.deadlines.done("$h", ["$a.b"])
    assert await claimed(store, "h2", lease=0.0) == []
