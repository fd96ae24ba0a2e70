"""The life of user topics."""

import asyncio

from store.ports import Store
from tests.making import ALICE, BOB, CAROL, user_id
from tests.store.test_chats import ANN, CHAT, chat
from tests.store.writing import enrol


async def test_the_first_opening_begins_the_first_generation(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB)
    assert await store.user_topics.generations([ALICE, BOB]) == {}
    assert await store.user_topics.open([ALICE, CAROL], 3600.0) == {ALICE: 1}
    assert await other.user_topics.generations([ALICE, BOB, CAROL]) == {ALICE: 1}
    assert await other.user_topics.leased([ALICE, BOB, CAROL]) == {ALICE}


async def test_opening_what_is_open_keeps_the_generation(store: Store, other: Store) -> None:
    await enrol(store, ALICE)
    opened = await asyncio.gather(*(each.user_topics.open([ALICE], 3600.0) for each in (store, other) * 4))
    assert opened == [{ALICE: 1}] * 8


async def test_a_lease_runs_out_on_the_stores_clock(store: Store) -> None:
    await enrol(store, ALICE, BOB)
    await store.user_topics.open([ALICE], 0.0)
    await store.user_topics.open([BOB], 3600.0)
    assert await store.user_topics.leased([ALICE, BOB]) == {BOB}
    assert await store.user_topics.generations([ALICE, BOB]) == {ALICE: 1, BOB: 1}


async def test_renewing_extends_a_lease_and_never_cuts_it(store: Store) -> None:
    await enrol(store, ALICE, BOB)
    await store.user_topics.open([ALICE], 0.0)
    await store.user_topics.renew([ALICE, BOB], 3600.0)
    assert await store.user_topics.leased([ALICE, BOB]) == {ALICE}
    await store.user_topics.renew([ALICE], 0.0)
    await store.user_topics.open([ALICE], 0.0)
    assert await store.user_topics.leased([ALICE]) == {ALICE}
    assert await store.user_topics.generations([BOB]) == {}


async def test_hundreds_at_once(store: Store) -> None:
    users = [user_id(number) for number in range(300)]
    await enrol(store, *users)
    assert await store.user_topics.open(users, 3600.0) == dict.fromkeys(users, 1)
    assert await store.user_topics.leased(users) == frozenset(users)
    assert await store.user_topics.open([], 3600.0) == {}


async def test_the_life_of_a_topic(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB, CAROL)
    await store.user_topics.open([ALICE, BOB], 0.0)
    await store.user_topics.open([CAROL], 3600.0)
    await store.user_topics.retire(3600.0, 10)
    assert await store.user_topics.retiring(None, 10) == {}, "nobody was away for long"

    await store.user_topics.retire(0.0, 10)
    assert await other.user_topics.retiring(None, 10) == {ALICE: 1, BOB: 1}
    assert await other.user_topics.retiring([BOB, CAROL], 10) == {BOB: 1}
    assert await other.user_topics.generations([ALICE, BOB, CAROL]) == {CAROL: 1}

    await store.user_topics.retired({ALICE: 1, CAROL: 1})
    assert await store.user_topics.retiring(None, 10) == {BOB: 1}
    assert await store.user_topics.generations([ALICE, BOB, CAROL]) == {CAROL: 1}
    assert await store.user_topics.open([ALICE, BOB, CAROL], 3600.0) == {ALICE: 2, BOB: 2, CAROL: 1}
    await other.user_topics.retired({BOB: 1, CAROL: 1})
    assert await store.user_topics.generations([ALICE, BOB, CAROL]) == {ALICE: 2, BOB: 2, CAROL: 1}


async def test_who_is_renewed_is_told_and_nobody_else(store: Store) -> None:
    await enrol(store, ALICE, BOB)
    await store.user_topics.open([ALICE, BOB], 0.0)
    assert await store.user_topics.renew([ALICE, CAROL], 3600.0) == {ALICE: 1}
    await store.user_topics.retire(0.0, 10)
    assert await store.user_topics.renew([ALICE, BOB], 3600.0) == {ALICE: 1}
    assert await store.user_topics.leased([ALICE, BOB]) == {ALICE}


async def test_a_few_at_a_time(store: Store) -> None:
    users = [user_id(number) for number in range(5)]
    await enrol(store, *users)
    await store.user_topics.open(users, 0.0)
    await store.user_topics.retire(0.0, 2)
    assert len(await store.user_topics.retiring(None, 10)) == 2
    await store.user_topics.retire(0.0, 10)
    assert len(await store.user_topics.retiring(None, 3)) == 3


async def test_who_will_never_have_one_again_is_known(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB)
    await store.user_topics.open([ALICE], 0.0)
    await store.user_topics.retire(0.0, 9)
    assert await other.user_topics.gone([ALICE, BOB, CAROL]) == {CAROL}
    await store.chats.create(chat())
    await store.chats.close_topics(CHAT)
    assert await other.user_topics.gone([ALICE, ANN]) == {ANN}
