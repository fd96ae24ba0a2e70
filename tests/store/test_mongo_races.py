"""What changes between the queries of one answer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.commands import AddMember, EndChat, RemoveMember
from schemas.ids import command_key
from schemas.messages import ConversationKind, Summary
from store.mongo import summaries
from store.mongo.chats import MongoSeatUsers
from store.mongo.client import all_at_once
from store.ports import Store
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id
from tests.store.backends import MongoBackend
from tests.store.writing import Writing, enrol

pytestmark = pytest.mark.real

ONE = conversation_id(1)
SECRET = "after he was removed"


async def listed(store: Store) -> Summary | None:
    return next(iter((await store.conversations.summaries(BOB, 10)).items), None)


async def asked(store: Store) -> Summary | None:
    return await store.conversations.summary(BOB, ONE)


async def interrupted(
    store: Store, ask: Callable[[Store], Awaitable[Summary | None]], at: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Summary | None, int]:
    """Bob's answer when before the query of this number he is removed, Carol is added and something is said; and how
    many queries there were."""
    writing = Writing(store)
    await enrol(store, ALICE, BOB, CAROL)
    await writing.create(ALICE, BOB, kind=ConversationKind.GROUP)
    await writing.say(ALICE, "before")
    queries = 0

    async def counted(cursor: Any) -> Any:
        nonlocal queries
        if queries == at:
            await writing.apply([RemoveMember(conversation=ONE, sender=ALICE, client_id="r", user=BOB)])
            await writing.apply([AddMember(conversation=ONE, sender=ALICE, client_id="a", user=CAROL)])
            await writing.say(ALICE, SECRET)
        queries += 1
        return await all_at_once(cursor)

    with monkeypatch.context() as patched:
        patched.setattr(summaries, "all_at_once", counted)
        return await ask(store), queries


@pytest.mark.parametrize("ask", [asked, listed])
async def test_who_is_removed_meanwhile_is_shown_nothing_later(
    mongo: MongoBackend, ask: Callable[[Store], Awaitable[Summary | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, queries, shown = 0, 1, 0
    while at <= queries:
        store = await mongo.emptied().open()
        summary, queries = await interrupted(store, ask, at, monkeypatch)
        await store.close()
        at += 1
        if summary is not None:
            shown += 1
            assert summary.last_message is not None
            assert (summary.last_message.text, summary.unread, summary.member_count) == ("before", 1, 2)
            assert {member.user for member in summary.members} == {ALICE, BOB}
    assert queries >= 4
    assert shown == 1, "only when it happened after the last query"


async def test_what_is_decided_during_a_destruction_is_destroyed_by_the_next(
    mongo: MongoBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the destruction's last look at outcomes and its word that all is done."""
    store = await mongo.emptied().open()
    writing = Writing(store)
    await writing.create(ALICE, BOB, kind=ConversationKind.EPHEMERAL)
    await writing.apply([EndChat(conversation=ONE, sender=ALICE, client_id="end")])
    destroy = MongoSeatUsers.destroy

    async def interrupted(people: MongoSeatUsers, conversation: str) -> None:
        await writing.say(BOB, "late")
        await destroy(people, conversation)

    with monkeypatch.context() as patched:
        patched.setattr(MongoSeatUsers, "destroy", interrupted)
        await store.endings.destroy(ONE)

    assert await store.endings.due(ConversationKind.EPHEMERAL, NOW + timedelta(days=1), 9) == [ONE]
    await store.endings.destroy(ONE)
    assert await store.endings.due(ConversationKind.EPHEMERAL, NOW + timedelta(days=1), 9) == []
    assert await store.decisions.outcomes([command_key(ONE, BOB, "late")]) == {}
    await store.close()


async def test_tries_that_are_free_lock_nobody_out_however_they_cross(mongo: MongoBackend) -> None:
    """Of two that cross, the one that is applied later may have the earlier time: no time may stand where there is no
    lock, not even the present."""
    store = await mongo.emptied().open()
    for subject, tries in (("a", 1), ("b", 3)):
        for _ in range(tries):
            await store.attempts.begin(subject, 3, 60.0)
    await store.attempts.take_back("b")

    for kept in mongo.raw.attempts.find():
        assert kept["locked_until"] < datetime.now(UTC) - timedelta(hours=1)
    await store.close()
