"""How far members have come, and since when."""

from datetime import datetime, timedelta

import pytest

from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.messages import ConversationKind
from schemas.preferences import PreferencesChange
from schemas.receipts import ReceiptKind
from store.ports import SUMMARY_MEMBERS, Receipt, Store, Stretch
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id, user_id
from tests.store.writing import Writing, enrol

ONE, TWO = conversation_id(1), conversation_id(2)
HERS, HIS, CAROLS = Reader(ONE, ALICE), Reader(ONE, BOB), Reader(ONE, CAROL)
DELIVERED, READ = ReceiptKind.DELIVERED, ReceiptKind.READ


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def row(reader: Reader, kind: ReceiptKind, seq: int, seconds: int, after: int = 0) -> ReceiptRow:
    return ReceiptRow(RowKey(reader, kind, seq), after, later(seconds))


@pytest.fixture
async def writing(store: Store) -> Writing:
    await enrol(store, ALICE, BOB, CAROL)
    writing = Writing(store)
    await writing.create(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    return writing


async def test_cursors_only_grow(store: Store, other: Store) -> None:
    await store.receipts.advance([], {HERS: MemberCursor(5, 2), HIS: MemberCursor(1, 0)})
    await other.receipts.advance([], {HERS: MemberCursor(3, 3)})
    assert await store.receipts.cursors([HERS, HIS, CAROLS]) == {HERS: MemberCursor(5, 3), HIS: MemberCursor(1, 0)}


async def test_a_row_is_inserted_once(store: Store, other: Store) -> None:
    first, again = row(HERS, READ, 5, 1, after=2), row(HERS, READ, 5, 9, after=3)
    await store.receipts.advance([first, row(HERS, DELIVERED, 5, 1)], {HERS: MemberCursor(5, 5)})
    await other.receipts.advance([again], {})
    keys = [first.key, RowKey(HERS, READ, 4)]
    assert await store.receipts.rows(keys) == {first.key: first}


async def test_nothing_to_do(store: Store) -> None:
    await store.receipts.advance([], {})
    assert await store.receipts.cursors([]) == {}
    assert await store.receipts.rows([]) == {}
    assert await store.receipts.senders({}) == {}
    assert await store.receipts.members([]) == frozenset()
    await store.receipts.delete([])
    assert await store.conversations.heads([]) == {}


async def test_senders_of_a_stretch(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, "a", "b")
    await writing.say(BOB, "c", "d")
    found = await store.receipts.senders({ONE: Stretch(1, 3), TWO: Stretch(0, 9)})
    assert dict(found[ONE]) == {2: ALICE, 3: BOB}
    assert not found.get(TWO)


async def test_who_is_a_member(store: Store, writing: Writing) -> None:
    assert await store.receipts.members([HERS, Reader(TWO, ALICE)]) == {HERS}


async def test_heads(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, "a", "b")
    assert await store.conversations.heads([ONE, TWO]) == {ONE: 2}


async def test_a_messages_times_are_the_least_of_those_who_cover_it(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, *(f"m{number}" for number in range(12)))
    rows = [
        row(HIS, DELIVERED, 2, 20),
        row(HIS, DELIVERED, 10, 30),
        row(HIS, DELIVERED, 9, 25),
        row(HIS, READ, 11, 40),
        row(CAROLS, DELIVERED, 2, 21),
    ]
    await store.receipts.advance(rows, {HIS: MemberCursor(11, 11), CAROLS: MemberCursor(2, 0)})
    assert await store.receipts.of_message(ONE, 1) == [
        Receipt(BOB, later(20), later(40)),
        Receipt(CAROL, later(21), None),
    ]
    assert await store.receipts.of_message(ONE, 3) == [Receipt(BOB, later(25), later(40)), Receipt(CAROL)]
    assert await store.receipts.of_message(ONE, 12) == [Receipt(BOB), Receipt(CAROL)]


async def test_no_receipts_of_what_is_not_there(store: Store, writing: Writing) -> None:
    assert list(await store.receipts.of_message(ONE, 7)) == []
    assert list(await store.receipts.of_message(TWO, 1)) == []


async def test_what_is_deleted_is_gone_and_nothing_else(store: Store) -> None:
    of_two = Reader(TWO, ALICE)
    kept = row(of_two, DELIVERED, 1, 1)
    await store.receipts.advance(
        [row(HERS, DELIVERED, 1, 1), kept], {HERS: MemberCursor(1, 0), of_two: MemberCursor(1)}
    )
    await store.receipts.delete([ONE])
    assert await store.receipts.cursors([HERS, of_two]) == {of_two: MemberCursor(1, 0)}
    assert await store.receipts.rows([RowKey(HERS, DELIVERED, 1), kept.key]) == {kept.key: kept}


async def test_watermarks_only_grow(store: Store, other: Store) -> None:
    assert await store.receipt_watermarks.load() == {}
    await store.receipt_watermarks.advance({0: later(5), 3: later(1)})
    await other.receipt_watermarks.advance({0: later(2), 3: later(4)})
    await other.receipt_watermarks.advance({})
    assert await store.receipt_watermarks.load() == {0: later(5), 3: later(4)}


async def test_a_summary_shows_how_far_each_has_come(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "a", "b", "c")
    await writing.say(ALICE, "d")
    await store.receipts.advance([], {HERS: MemberCursor(3, 2)})
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert {member.user: (member.delivered, member.read) for member in summary.members} == {
        ALICE: (3, 2),
        BOB: (0, 0),
        CAROL: (0, 0),
    }


@pytest.mark.parametrize(("read", "unread"), [(0, 3), (1, 2), (3, 0), (4, 0)])
async def test_what_is_read_is_not_unread(store: Store, writing: Writing, read: int, unread: int) -> None:
    await writing.say(BOB, "a", "b", "c")
    await writing.say(ALICE, "d")
    await store.receipts.advance([], {HERS: MemberCursor(4, read), HIS: MemberCursor(4, 4)})
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert summary.unread == unread


async def status(store: Store, user: str = ALICE) -> str | None:
    summary = await store.conversations.summary(user, ONE)
    assert summary is not None
    return summary.last_message_status


async def test_how_far_ones_own_last_message_has_come(store: Store, writing: Writing) -> None:
    assert await status(store) is None
    await writing.say(BOB, "a")
    assert await status(store) is None
    await writing.say(ALICE, "b")
    assert await status(store) == "sent"
    await store.receipts.advance([], {HIS: MemberCursor(2, 2), CAROLS: MemberCursor(1, 1)})
    assert await status(store) == "sent"
    await store.receipts.advance([], {CAROLS: MemberCursor(2, 1)})
    assert await status(store) == "delivered"
    await store.receipts.advance([], {CAROLS: MemberCursor(2, 2)})
    assert await status(store) == "read"
    assert await status(store, BOB) is None


async def test_private_receipts_are_ones_own(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, "a")
    await store.receipts.advance([], {HIS: MemberCursor(1, 1), CAROLS: MemberCursor(1, 1)})
    await store.users.change_preferences(BOB, PreferencesChange(read_receipts=False))
    assert await status(store) == "sent"
    for viewer, read in ((ALICE, 0), (BOB, 1), (CAROL, 0)):
        summary = await store.conversations.summary(viewer, ONE)
        assert summary is not None
        assert {member.user: member.read for member in summary.members} == {ALICE: 0, BOB: read, CAROL: 1}


@pytest.mark.parametrize(("members", "expected"), [(60, "read"), (501, None)])
async def test_the_status_counts_members_that_a_summary_does_not_name(
    store: Store, members: int, expected: str | None
) -> None:
    users = [user_id(number) for number in range(1, members + 1)]
    await enrol(store, *users)
    writing = Writing(store)
    await writing.create(*users, kind=ConversationKind.GROUP)
    await writing.say(users[-1], "a")
    everyone = {Reader(ONE, user): MemberCursor(1, 1) for user in users[:-1]}
    last = everyone.popitem()
    await store.receipts.advance([], everyone)
    assert await status(store, users[-1]) == (expected and "sent")
    await store.receipts.advance([], dict([last]))
    assert await status(store, users[-1]) == expected
    summary = await store.conversations.summary(users[-1], ONE)
    assert summary is not None
    assert len(summary.members) == SUMMARY_MEMBERS


async def test_what_was_said_before_one_joined_is_not_unread_however_it_changes(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "a", "b")
    message = await store.conversations.message(ONE, 1)
    assert message is not None
    before = message.model_copy(update={"sent_at": later(-1)})
    await writing.change(before, "e1")
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert summary.unread == 1
