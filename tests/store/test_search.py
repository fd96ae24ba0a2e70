"""Search: only what one sees, as it is now, wherever the index is."""

from datetime import timedelta

import pytest

from domain.conversation import Batch, Change
from domain.searching import terms
from schemas.messages import ConversationKind, Message, MessageKind
from store.ports import Store, Wanted
from tests.making import ALICE, BOB, CAROL, NOW, conversation, conversation_id, send
from tests.store.writing import Writing, at, enrol

ONE, TWO, THREE = (conversation_id(number) for number in (1, 2, 3))


async def said(store: Store, number: int, sender: str, *texts: str) -> list[Message]:
    """These texts in a new conversation of Alice and Bob, all of them indexed."""
    writing = Writing(store, number)
    await writing.create(ALICE, BOB if sender != CAROL else CAROL)
    await writing.apply([send(f"m{place}", sender, text, number) for place, text in enumerate(texts)])
    messages, _ = await store.conversations.history(
        conversation_id(number), before=None, after=0, around=None, limit=99
    )
    await store.search.index(messages, ())
    return list(messages)


async def found(store: Store, query: str, user: str = ALICE, **more: object) -> list[str]:
    wanted = Wanted(terms(query), **more)  # type: ignore[arg-type]
    return [message.text or "" for message in (await store.search.find(user, wanted, 10)).items]


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    await enrol(store, ALICE, BOB, CAROL)


async def test_words_are_found_newest_first(store: Store) -> None:
    await said(store, 1, ALICE, "the first word", "another", "Words, the last")
    assert await found(store, "word") == ["Words, the last", "the first word"]
    assert await found(store, "word first") == ["the first word"]
    assert await found(store, "fir las") == []
    assert await found(store, "ord") == []


async def test_only_ones_own_conversations(store: Store) -> None:
    await said(store, 1, ALICE, "a secret of two")
    await said(store, 2, CAROL, "a secret of Carol")
    assert await found(store, "secret", BOB) == ["a secret of two"]
    assert await found(store, "secret", CAROL) == ["a secret of Carol"]
    assert await found(store, "secret", ALICE) == ["a secret of Carol", "a secret of two"]
    assert await found(store, "secret", CAROL, conversation=ONE) == []


async def test_filters(store: Store) -> None:
    await said(store, 1, ALICE, "tea at one", "tea at two", "tea at three")
    await said(store, 2, BOB, "tea of Bob")
    assert await found(store, "tea", conversation=TWO) == ["tea of Bob"]
    assert await found(store, "tea", sender=BOB) == ["tea of Bob"]
    assert await found(store, "tea", since=at(3)) == ["tea at three"]
    assert await found(store, "tea", until=at(2), conversation=ONE) == ["tea at one"]
    assert await found(store, "tea", since=at(2), until=at(3)) == ["tea at two"]
    assert await found(store, "tea", since=NOW + timedelta(days=1)) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_hold_everything_once(store: Store, limit: int) -> None:
    for number in (1, 2, 3):  # at the same times: told apart by their ids
        await said(store, number, ALICE, *(f"page {number}-{place}" for place in range(3)))
    listed: list[tuple[str, int]] = []
    page = await store.search.find(ALICE, Wanted(["page"]), limit)
    while page.next is not None:
        listed += [(message.conversation, message.seq) for message in page.items]
        page = await store.search.find(ALICE, Wanted(["page"]), limit, page.next)
    listed += [(message.conversation, message.seq) for message in page.items]
    assert listed == [(conversation_id(number), seq) for seq in (3, 2, 1) for number in (3, 2, 1)]


@pytest.mark.parametrize("place", ["", "x", "1", f"1.{ONE}", f"1.{ONE}.x", f"1.{ONE}.-1", f"1.{ONE}.99999999999"])
async def test_a_place_no_page_gave(store: Store, place: str) -> None:
    with pytest.raises(ValueError, match="place"):
        await store.search.find(ALICE, Wanted(["word"]), 10, place)


async def changed(store: Store, number: int, message: Message, **change: object) -> Message:
    """A later state of a message, which the index has not been told of."""
    states = await store.decisions.load([conversation_id(number)])
    writing = Writing(store, number)
    writing.state, writing.offset = states[conversation_id(number)], 50
    return await writing.change(message.model_copy(update=change), "e1")


async def test_an_edit_counts_at_once(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea today")
    edited = await changed(store, 1, message, text="coffee today")
    assert await found(store, "tea") == []
    assert await found(store, "today") == ["coffee today"]
    await store.search.index([edited], ())
    assert await found(store, "coffee") == ["coffee today"]


async def test_a_deletion_counts_at_once(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea today")
    deleted = await changed(store, 1, message, text=None, deleted_at=at(50))
    assert await found(store, "tea") == []
    await store.search.index([deleted], ())
    assert await found(store, "tea") == []


async def test_what_comes_late_changes_nothing(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea today")
    edited = await changed(store, 1, message, text="coffee today")
    for again in ([edited], [message], [edited, message], [message, edited, message]):
        await store.search.index(again, ())
        assert await found(store, "coffee") == ["coffee today"]
        assert await found(store, "tea") == []


async def test_system_messages_are_not_searched(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea")
    await store.search.index([message.model_copy(update={"kind": MessageKind.SYSTEM, "rev": 9, "text": "joined"})], ())
    assert await found(store, "joined") == []
    assert await found(store, "tea") == ["tea"]


async def test_what_has_no_conversation_is_forgotten(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea")
    lost = message.model_copy(update={"conversation": THREE})
    await store.search.index([lost], [THREE])
    writing = Writing(store, 3)
    await writing.create(ALICE, BOB)
    await writing.apply([send("m0", ALICE, "tea", 3)])
    assert await found(store, "tea", conversation=THREE) == []
    assert await found(store, "tea") == ["tea"]


async def test_ephemeral_chats_are_never_searched(store: Store) -> None:
    (message,) = await said(store, 1, ALICE, "tea")
    state = conversation(2, kind=ConversationKind.EPHEMERAL, seq=1)
    words = message.model_copy(update={"conversation": TWO})
    change = Change(None, state, (words,), tuple(state.members.values()), made={1: 1})
    await store.decisions.apply(Batch((change,), ()))
    await store.search.index([words], [TWO])
    assert await found(store, "tea", conversation=TWO) == []
