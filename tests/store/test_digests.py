"""When a user's next e-mail is due: not too often, never forgotten, and each number once."""

from datetime import timedelta

from domain.notifying import Digest
from store.ports import Store
from tests.making import ALICE, BOB, NOW

EVERY = timedelta(hours=6)
MINUTE = timedelta(minutes=1)


async def claim(store: Store, minutes: float) -> Digest | None:
    now = NOW + minutes * MINUTE
    return await store.digests.claim(now, now + MINUTE)


async def test_it_is_due_at_its_time_and_an_earlier_deadline_stays(store: Store, other: Store) -> None:
    await store.digests.schedule([ALICE], NOW + 5 * MINUTE, EVERY)
    await other.digests.schedule([ALICE], NOW + 9 * MINUTE, EVERY)
    assert await claim(store, 4.9) is None
    assert await claim(store, 5) == Digest(ALICE, 0, 2, 1)
    assert await claim(other, 5) is None


async def test_one_that_is_not_finished_is_due_again(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    assert await claim(store, 0) == Digest(ALICE, 0, 1, 1)
    assert await claim(store, 1) == Digest(ALICE, 0, 1, 2)


async def test_the_longest_due_comes_first(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW + 2 * MINUTE, EVERY)
    await store.digests.schedule([BOB], NOW + MINUTE, EVERY)
    first, second = await claim(store, 3), await claim(store, 3)
    assert first is not None
    assert second is not None
    assert (first.user, second.user) == (BOB, ALICE)


async def test_the_next_one_waits_until_the_last_is_long_enough_ago(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    digest = await claim(store, 0)
    assert digest is not None
    await store.digests.finish(digest, NOW, NOW + EVERY)
    assert await claim(store, 1000) is None
    await store.digests.schedule([ALICE], NOW + 10 * MINUTE, EVERY)
    assert await claim(store, 359) is None
    assert await claim(store, 360) == Digest(ALICE, 1, 2, 1)


async def test_after_nothing_was_sent_the_next_may_come_at_once(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    digest = await claim(store, 0)
    assert digest is not None
    await store.digests.finish(digest, None, NOW + EVERY)
    await store.digests.schedule([ALICE], NOW + 10 * MINUTE, EVERY)
    assert await claim(store, 10) == Digest(ALICE, 0, 2, 1)


async def test_who_asks_while_one_is_made_gets_another(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    digest = await claim(store, 0)
    assert digest is not None
    await store.digests.schedule([ALICE], NOW + MINUTE, EVERY)
    await store.digests.finish(digest, NOW, NOW + EVERY)
    assert await claim(store, 359) is None
    assert await claim(store, 360) == Digest(ALICE, 1, 2, 1)


async def test_what_was_finished_by_another_is_not_touched(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    late, fresh = await claim(store, 0), await claim(store, 1)
    assert late is not None
    assert fresh is not None
    await store.digests.finish(fresh, NOW, NOW + EVERY)
    await store.digests.finish(late, NOW + MINUTE, NOW + EVERY)
    await store.digests.postpone(late, NOW)
    await store.digests.postpone(fresh, NOW)
    assert await claim(store, 1000) is None


async def test_one_can_be_put_off(store: Store) -> None:
    await store.digests.schedule([ALICE], NOW, EVERY)
    digest = await claim(store, 0)
    assert digest is not None
    await store.digests.postpone(digest, NOW + 30 * MINUTE)
    assert await claim(store, 29) is None
    assert await claim(store, 30) == Digest(ALICE, 0, 1, 2)


async def test_a_users_is_forgotten_with_him(store: Store) -> None:
    await store.digests.schedule([ALICE, BOB], NOW, EVERY)
    await store.digests.remove_user(ALICE)
    digest = await claim(store, 0)
    assert digest is not None
    assert digest.user == BOB
    assert await claim(store, 0) is None
