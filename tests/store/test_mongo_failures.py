"""What the store says when MongoDB does not answer, or will not take what it is given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Literal

import pytest

from domain.conversation import Batch, Change
from domain.identity import User
from schemas.frames import Cursor
from schemas.messages import Message
from store.errors import Conflict, Refused, StoreUnavailable
from store.mongo import MongoStore, open_store
from store.ports import EdgeLife
from tests.making import ALICE, BOB, EPOCH, NOW, conversation_id, send
from tests.store.backends import MongoBackend
from tests.store.cutting import Proxy, proxied
from tests.store.test_logins import login
from tests.store.test_sessions import session
from tests.store.writing import Writing, batch_of

pytestmark = pytest.mark.real

ONE = conversation_id(1)


@pytest.fixture
async def direct(mongo: MongoBackend) -> AsyncIterator[MongoStore]:
    opened = await open_store(mongo.emptied().url, mongo.name)
    yield opened
    await opened.close()


@pytest.fixture
async def proxy(mongo: MongoBackend) -> AsyncIterator[Proxy]:
    async with proxied(mongo.url) as opened:
        yield opened


@pytest.fixture
async def far(mongo: MongoBackend, proxy: Proxy) -> AsyncIterator[MongoStore]:
    """A store that reaches mongod through the proxy."""
    opened = await open_store(proxy.url, mongo.name, timeout_seconds=10.0)
    yield opened
    await opened.close()


@pytest.fixture
async def impatient(mongo: MongoBackend, proxy: Proxy) -> AsyncIterator[MongoStore]:
    """The same, for what is not going to succeed."""
    opened = await open_store(proxy.url, mongo.name, timeout_seconds=0.7)
    yield opened
    await opened.close()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("cuts", [1, 3])
async def test_an_unknown_commit_is_settled(
    direct: MongoStore, far: MongoStore, proxy: Proxy, moment: Literal["before", "after"], cuts: int
) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    batch = batch_of(writing.now, [send("m1")], 1)
    proxy.moment, proxy.cuts = moment, cuts
    await far.decisions.apply(batch)
    assert proxy.seen > cuts
    assert (await direct.decisions.load([ONE]))[ONE] == batch.changes[0].after
    assert len(await direct.decisions.outcomes([f"{ONE}/{ALICE}/m1"])) == 1


async def test_a_commit_whose_answers_are_all_lost_was_done_perhaps(
    direct: MongoStore, impatient: MongoStore, proxy: Proxy
) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    batch = batch_of(writing.now, [send("m1")], 1)
    proxy.cuts = 1_000_000
    with pytest.raises(StoreUnavailable):
        await impatient.decisions.apply(batch)
    # `applied` tells: here it was done, and doing it again conflicts.
    assert (await direct.decisions.load([ONE]))[ONE] == batch.changes[0].after
    with pytest.raises(Conflict):
        await direct.decisions.apply(batch)


async def test_a_commit_that_never_arrives_was_not_done(
    direct: MongoStore, impatient: MongoStore, proxy: Proxy
) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    batch = batch_of(writing.now, [send("m1")], 1)
    proxy.moment, proxy.cuts = "before", 1_000_000
    with pytest.raises(StoreUnavailable):
        await impatient.decisions.apply(batch)
    assert (await direct.decisions.load([ONE]))[ONE] == writing.now


async def test_whoever_stops_waiting_leaves_nothing_half_open(direct: MongoStore) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    batch = batch_of(writing.now, [send(f"m{number}") for number in range(100)], 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await direct.decisions.apply(batch)
    later = batch_of(writing.now, [send("another")], 200)
    # Whichever of the two came first, the other one conflicts: none is stored in part.
    try:
        await direct.decisions.apply(later)
    except Conflict:
        stored = batch
    else:
        stored = later
    async with asyncio.timeout(10):  # a conflict may be heard of before a majority has what it is about
        while (await direct.decisions.load([ONE]))[ONE] != stored.changes[0].after:
            await asyncio.sleep(0.01)


async def test_every_role_says_when_the_store_is_away(impatient: MongoStore, proxy: Proxy) -> None:
    await proxy.cut_off()
    cursor = Cursor(epoch=EPOCH, rev=0)
    asked: list[Awaitable[object]] = [
        impatient.users.create(User(ALICE, "alice", NOW), "a-hash"),
        impatient.users.list(None, None, 10),
        impatient.logins.rotate("t0", "t1", NOW, NOW),
        impatient.logins.create(login()),
        impatient.sessions.register([session("s1")]),
        impatient.sessions.of([ALICE]),
        impatient.sessions.remove_incarnations(["i1"]),
        impatient.edges.begin(EdgeLife("i1", "e", "edge.e.i1", None)),
        impatient.edges.renew("i1"),
        impatient.edges.urls(),
        impatient.user_topics.open([ALICE], 1.0),
        impatient.router_positions.advance({"user.a.1": 1}),
        impatient.decisions.load([ONE]),
        impatient.decisions.apply(batch_of(None, [send()], 0)),
        impatient.conversations.summaries(ALICE, 10),
        impatient.conversations.resume(ALICE, {ONE: cursor}, 10),
        impatient.conversations.history(ONE, before=None, after=None, around=None, limit=10),
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * len(asked)


async def test_it_is_there_again_when_mongod_is(direct: MongoStore, impatient: MongoStore, proxy: Proxy) -> None:
    await proxy.cut_off()
    with pytest.raises(StoreUnavailable):
        await impatient.edges.urls()
    await proxy.open()
    while True:
        try:
            assert await impatient.edges.urls() == []
            break
        except StoreUnavailable:
            await asyncio.sleep(0.05)
    await impatient.decisions.apply(batch_of(None, [send()], 0))


async def test_a_store_that_is_not_there_is_not_opened(mongo: MongoBackend) -> None:
    with pytest.raises(StoreUnavailable):
        await open_store("mongodb://127.0.0.1:9/?directConnection=true", mongo.name, timeout_seconds=0.3)


SECRET = "what nobody else should read"


def broken(message: Message, how: str) -> Message:
    values: dict[str, dict[str, object]] = {
        "a wrong type": {"text": SECRET, "epoch": 5},
        "a number too large": {"text": SECRET, "rev": 2**70},
        "half a character": {"text": SECRET + "\ud800"},
        "more than a document holds": {"text": SECRET * 700_000},
    }
    return message.model_copy(update=values[how])


@pytest.mark.parametrize(
    "how", ["a wrong type", "a number too large", "half a character", "more than a document holds"]
)
async def test_what_can_never_be_stored_is_refused_without_a_trace(direct: MongoStore, how: str) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    change = batch_of(writing.now, [send("m1"), send("m2")], 1).changes[0]
    messages = (change.messages[0], broken(change.messages[1], how))
    with pytest.raises(Refused) as refusal:
        await direct.decisions.apply(Batch((Change(change.before, change.after, messages, (), change.made),), ()))
    assert SECRET not in repr(refusal.value)
    assert refusal.value.__suppress_context__
    assert await direct.decisions.load([ONE]) == {ONE: writing.now}
    assert await direct.conversations.message(ONE, 1) is None
    # The batch is done without it.
    await direct.decisions.apply(Batch((replace(change, messages=change.messages),), ()))


async def test_a_conflict_tells_no_text(direct: MongoStore) -> None:
    writing = Writing(direct)
    await writing.create(ALICE, BOB)
    await writing.apply([send("m1", text=SECRET)])
    with pytest.raises(Conflict) as conflict:
        await direct.decisions.apply(batch_of(writing.now, [send("m1", text=SECRET)], 5))
    assert SECRET not in repr(conflict.value)
    assert conflict.value.__suppress_context__
