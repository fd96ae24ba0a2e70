"""What members note of conversations for themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.receipts import Reader
from schemas.times import from_millis, to_millis
from store.ports import Store
from tests.making import ALICE, BOB, CAROL, conversation_id
from tests.store.writing import Writing, enrol

ONE, TWO = conversation_id(1), conversation_id(2)
MINE = Reader(ONE, ALICE)


@pytest.fixture
async def writing(store: Store) -> Writing:
    await enrol(store, ALICE, BOB, CAROL)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await Writing(store, 2).create(ALICE, CAROL)
    return writing


async def shown(store: Store, user: str = ALICE, conversation: str = ONE) -> tuple[bool, datetime | None, bool]:
    summary = await store.conversations.summary(user, conversation)
    assert summary is not None
    listed = await store.conversations.summaries(user, 10)
    assert summary in listed.items
    return summary.muted, summary.muted_until, summary.marked_unread


def soon(hours: float) -> datetime:
    return from_millis(to_millis(datetime.now(UTC) + timedelta(hours=hours)))


async def test_muted_for_good(store: Store, writing: Writing) -> None:
    assert await shown(store) == (False, None, False)
    await store.marks.mute(MINE, None)
    assert await shown(store) == (True, None, False)
    assert await store.marks.muted([MINE, Reader(ONE, BOB), Reader(TWO, ALICE)]) == {MINE}
    await store.marks.unmute(MINE)
    assert await shown(store) == (False, None, False)
    assert await store.marks.muted([MINE]) == frozenset()


async def test_muted_for_a_time(store: Store, writing: Writing) -> None:
    until = soon(1)
    await store.marks.mute(MINE, until)
    assert await shown(store) == (True, until, False)
    assert await store.marks.muted([MINE]) == {MINE}
    await store.marks.mute(MINE, soon(-1))
    assert await shown(store) == (False, None, False)
    assert await store.marks.muted([MINE]) == frozenset()


async def test_marked_as_unread(store: Store, writing: Writing) -> None:
    for unread in (True, True, False, False):
        await store.marks.mark_unread(MINE, unread=unread)
        assert await shown(store) == (False, None, unread)


async def test_it_is_ones_own(store: Store, writing: Writing) -> None:
    await store.marks.mute(MINE, None)
    await store.marks.mark_unread(MINE, unread=True)
    assert await shown(store, BOB) == (False, None, False)
    assert await shown(store, ALICE, TWO) == (False, None, False)


async def test_it_goes_with_its_user(store: Store, writing: Writing) -> None:
    for reader in (MINE, Reader(TWO, ALICE), Reader(ONE, BOB)):
        await store.marks.mute(reader, None)
        await store.marks.mark_unread(reader, unread=True)
    await store.marks.remove_user(ALICE)
    assert await shown(store) == await shown(store, ALICE, TWO) == (False, None, False)
    assert await shown(store, BOB) == (True, None, True)


async def test_it_outlives_what_is_said(store: Store, writing: Writing) -> None:
    await store.marks.mute(MINE, None)
    await store.marks.mark_unread(MINE, unread=True)
    await writing.say(BOB, "m1", "m2")
    assert await shown(store) == (True, None, True)


async def test_taking_away_what_was_never_noted(store: Store, writing: Writing) -> None:
    await store.marks.unmute(MINE)
    assert await store.marks.muted([]) == frozenset()
    assert await shown(store) == (False, None, False)
