"""Ephemeral chats: found by their links, part of no list, and gone for ever."""

from dataclasses import replace
from datetime import timedelta

from domain.ephemeral import EphemeralChat, Seat
from domain.sealing import WrappedKey
from schemas.commands import EndChat, ExpireChat
from schemas.ids import SYSTEM_USER, command_key
from schemas.messages import ConversationKind
from store.ports import Deadline, Store
from tests.making import NOW, conversation_id, send, user_id
from tests.store.test_sessions import session
from tests.store.writing import Writing, batch_of

CHAT = conversation_id(7)
ANN, BEN = user_id(71), user_id(72)


def seat(user: str, name: str, number: int) -> Seat:
    return Seat(user, name, f"hash-{number}", WrappedKey(b"s" * 16, b"n" * 12, b"k" * 48))


def chat() -> EphemeralChat:
    return EphemeralChat(
        conversation=CHAT,
        seats=(seat(ANN, "Ann", 1), seat(BEN, "Ben", 2)),
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
        inactivity=timedelta(hours=1),
    )


async def begun(store: Store) -> Writing:
    await store.chats.create(chat())
    writing = Writing(store, 7)
    await writing.create(ANN, BEN, kind=ConversationKind.EPHEMERAL)
    return writing


async def test_a_chat_is_found_by_either_link(store: Store, other: Store) -> None:
    for _ in range(2):
        await store.chats.create(chat())

    assert await other.chats.at("hash-1") == await other.chats.at("hash-2") == await other.chats.get(CHAT) == chat()
    assert await other.chats.at("hash-3") is None
    assert await other.chats.get(conversation_id(8)) is None


async def test_making_it_again_changes_nothing(store: Store, other: Store) -> None:
    await store.chats.create(chat())
    await store.chats.claim(CHAT, ANN, NOW)
    claimed = await store.chats.get(CHAT)

    await other.chats.create(chat())

    assert await other.chats.get(CHAT) == claimed


async def test_the_first_who_gets_in_counts(store: Store, other: Store) -> None:
    await store.chats.create(chat())
    await store.chats.claim(CHAT, BEN, NOW)
    await other.chats.claim(CHAT, BEN, NOW + timedelta(hours=1))
    await other.chats.claim(conversation_id(8), BEN, NOW)

    found = await store.chats.get(CHAT)
    assert found is not None
    assert [one.claimed_at for one in found.seats] == [None, NOW]
    assert found.begun_at is None
    await store.chats.claim(CHAT, ANN, NOW + timedelta(minutes=1))
    found = await store.chats.get(CHAT)
    assert found is not None
    assert found.begun_at == NOW + timedelta(minutes=1)


async def test_who_sits_there_is_no_user_to_anybody_else(store: Store) -> None:
    await store.chats.create(chat())

    assert await store.users.get([ANN]) == {}
    assert await store.users.credentials("Ann") is None
    assert (await store.users.list(None, None, 10)).items == ()
    assert (await store.users.list("ann", None, 10)).items == ()
    assert set(await store.presences.load([ANN])) == {ANN}
    assert await store.user_topics.open([ANN, BEN], 60.0) == {ANN: 1, BEN: 1}


async def test_each_sees_the_others_name(store: Store) -> None:
    await begun(store)

    summary = await store.conversations.summary(ANN, CHAT)
    assert summary is not None
    assert {member.username for member in summary.members} == {"Ann", "Ben"}
    assert (summary.kind, summary.name) == (ConversationKind.EPHEMERAL, None)


async def test_the_keys_go_with_the_end_in_one_step(store: Store, other: Store) -> None:
    writing = await begun(store)
    await writing.apply([EndChat(conversation=CHAT, sender=ANN, client_id="end")])

    assert await other.chats.get(CHAT) is None
    assert await other.chats.at("hash-1") is None
    assert await other.conversations.membership(CHAT, BEN) == "ended"
    state = (await other.decisions.load([CHAT]))[CHAT]
    assert (state, state.ended_by) == (writing.now, ANN)


async def test_a_chat_that_never_began_loses_its_keys_too(store: Store) -> None:
    await store.chats.create(chat())
    expire = ExpireChat(conversation=CHAT, sender=SYSTEM_USER, client_id="x", reason="expired")
    await store.decisions.apply(batch_of(None, [expire], 1))

    assert await store.chats.get(CHAT) is None


async def test_topics_close_for_ever(store: Store, other: Store) -> None:
    await store.chats.create(chat())
    await store.user_topics.open([ANN], 60.0)

    assert await other.chats.close_topics(CHAT) == {ANN: 1}
    assert await store.user_topics.open([ANN, BEN], 60.0) == {}
    assert await store.user_topics.renew([ANN, BEN], 60.0) == {}
    assert await other.chats.close_topics(CHAT) == {ANN: 1}
    assert await other.chats.close_topics(conversation_id(8)) == {}


async def test_nothing_is_left_but_the_empty_tombstone(store: Store, other: Store) -> None:
    writing = await begun(store)
    await writing.apply([send("m1", ANN, "sealed", 7)])
    await store.sessions.register([session("s1", BEN)])
    await store.attempts.begin(f"seat/{BEN}", 5, 60.0)
    due = [Deadline(f"chat/{CHAT}/{kind}", "chat", NOW, {}) for kind in ("silence", "age", "unclaimed")]
    kept = Deadline(f"chat/{conversation_id(8)}/age", "chat", NOW, {})
    await store.deadlines.set([*due, kept, Deadline(f"away/{ANN}", "away", NOW, {})])
    await writing.apply([EndChat(conversation=CHAT, sender=ANN, client_id="end")])
    later = NOW + timedelta(days=1)
    assert await other.endings.due(ConversationKind.EPHEMERAL, later, 9) == [CHAT]
    assert await other.endings.due(ConversationKind.GROUP, later, 9) == []

    for _ in range(2):
        await other.endings.destroy(CHAT)

    assert await store.endings.due(ConversationKind.EPHEMERAL, later, 9) == []
    assert await store.presences.load([ANN, BEN]) == {}
    assert await store.sessions.of([ANN, BEN]) == {}
    assert await store.attempts.made(f"seat/{BEN}") == 0
    assert not await store.deadlines.claim("away", "h", 60.0, 9)
    assert [deadline.id for deadline in await store.deadlines.claim("chat", "h", 60.0, 9)] == [kept.id]
    assert await store.conversations.message(CHAT, 1) is None
    assert await store.conversations.membership(CHAT, ANN) is None
    assert await store.user_topics.open([ANN, BEN], 60.0) == {}
    tombstone = (await store.decisions.load([CHAT]))[CHAT]
    assert (tombstone.name, dict(tombstone.members), dict(tombstone.former)) == (None, {}, {})


async def test_what_is_decided_after_the_destruction_is_destroyed_too(store: Store, other: Store) -> None:
    writing = await begun(store)
    await writing.apply([EndChat(conversation=CHAT, sender=ANN, client_id="end")])
    await other.endings.destroy(CHAT)
    tombstone = (await store.decisions.load([CHAT]))[CHAT]

    late = send("late", BEN, "sealed", 7)
    await writing.apply([late])

    key = command_key(CHAT, BEN, late.client_id)
    assert await store.decisions.outcomes([key])
    assert await other.endings.due(ConversationKind.EPHEMERAL, NOW + timedelta(days=1), 9) == [CHAT]
    await other.endings.destroy(CHAT)
    assert await store.endings.due(ConversationKind.EPHEMERAL, NOW + timedelta(days=1), 9) == []
    assert await store.decisions.outcomes([key]) == {}
    now = (await store.decisions.load([CHAT]))[CHAT]
    assert now == replace(tombstone, applied=now.applied)


async def test_a_try_that_was_none_is_taken_back(store: Store) -> None:
    for _ in range(3):
        assert await store.attempts.begin("source/a", 3, 60.0) == 0.0
    assert await store.attempts.made("source/a") == 3
    assert await store.attempts.begin("source/a", 3, 60.0) > 0.0

    await store.attempts.take_back("source/a")

    assert await store.attempts.made("source/a") == 2
    assert await store.attempts.begin("source/a", 3, 60.0) == 0.0
    await store.attempts.take_back("source/nobody")
    assert await store.attempts.made("source/nobody") == 0
