"""Those who are no members any more: how they came out of it is kept, and nothing later is shown to them."""

import pytest

from domain.conversation import Conversation
from domain.decision import membership_error
from domain.receipts import Reader
from schemas.commands import AddMember, DeleteGroup, LeaveGroup, RemoveMember
from schemas.errors import ErrorCode
from schemas.frames import Cursor, Gone
from schemas.messages import ConversationKind
from store.ports import Store, Wanted
from tests.making import ALICE, BOB, CAROL, EPOCH, NOW, conversation_id, user_id
from tests.store.test_media import carrying, keep, media
from tests.store.writing import Writing, enrol

ONE = conversation_id(1)
CURSORS = {ONE: Cursor(epoch=EPOCH, rev=0)}
DAVE = user_id(4)


@pytest.fixture
async def writing(store: Store) -> Writing:
    await enrol(store, ALICE, BOB, CAROL, DAVE)
    found = Writing(store)
    await found.create(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    await found.say(ALICE, "m1")
    return found


async def loaded(store: Store) -> Conversation:
    return (await store.decisions.load([ONE]))[ONE]


async def test_how_he_came_out_of_it_is_kept(store: Store, other: Store, writing: Writing) -> None:
    await writing.apply([RemoveMember(conversation=ONE, sender=ALICE, client_id="r", user=BOB)])
    await writing.apply([LeaveGroup(conversation=ONE, sender=CAROL, client_id="l")])
    await writing.apply([AddMember(conversation=ONE, sender=ALICE, client_id="a", user=DAVE)])

    assert await loaded(other) == writing.now
    bob, carol = writing.now.former[BOB].left, writing.now.former[CAROL].left
    assert bob is not None
    assert carol is not None
    assert [(left.how, left.by, left.rev) for left in (bob, carol)] == [("removed", ALICE, 2), ("left", CAROL, 3)]
    assert (writing.now.members[DAVE].joined_by, writing.now.members[DAVE].joined_rev) == (ALICE, 4)
    for user, reason in ((BOB, "removed"), (CAROL, "left")):
        assert await other.conversations.membership(ONE, user) == "former"
        assert await other.conversations.resume(user, CURSORS, 10) == [Gone(conversation=ONE, reason=reason)]  # type: ignore[arg-type]
        assert await other.conversations.summary(user, ONE) is None
        assert (await other.conversations.summaries(user, 10)).items == ()
        assert membership_error(await loaded(store), user) is ErrorCode.NOT_A_MEMBER
    summary = await other.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert [member.user for member in summary.members] == [ALICE, DAVE]
    assert summary.last_message is not None
    assert summary.last_message.event is not None
    assert (summary.last_message.event.type, summary.last_message.event.user) == ("added", DAVE)


async def test_he_finds_and_loads_nothing_of_it_any_more(store: Store, writing: Writing) -> None:
    await writing.apply([RemoveMember(conversation=ONE, sender=ALICE, client_id="r", user=BOB)])
    await keep(store, media())
    await writing.apply([carrying("m2", "f_1")])
    messages, _ = await store.conversations.history(ONE, before=None, after=0, around=None, limit=9)
    await store.search.index(messages, [ONE])

    for user, ids, texts in ((ALICE, {"f_1"}, ["look"]), (BOB, set(), [])):
        assert set(await store.media.visible(user, ["f_1"])) == ids
        assert [message.text for message in (await store.search.find(user, Wanted(["look"]), 9)).items] == texts
    assert await store.media.claim(BOB, ["f_1"], "k", NOW) == {"f_1"}


async def test_who_is_back_is_a_member_like_any_other(store: Store, writing: Writing) -> None:
    await writing.apply([RemoveMember(conversation=ONE, sender=ALICE, client_id="r", user=BOB)])
    await writing.say(ALICE, "while he was out")
    await writing.apply([AddMember(conversation=ONE, sender=ALICE, client_id="a", user=BOB)])
    await writing.say(ALICE, "m2")

    assert await loaded(store) == writing.now
    summary = await store.conversations.summary(BOB, ONE)
    assert summary is not None
    assert summary.unread == 1, "what was said before he came is not unread"
    assert await store.conversations.membership(ONE, BOB) == "member"


async def test_a_deleted_group_leaves_a_tombstone(store: Store, other: Store, writing: Writing) -> None:
    await writing.apply([RemoveMember(conversation=ONE, sender=ALICE, client_id="r", user=BOB)])
    await writing.apply([DeleteGroup(conversation=ONE, sender=ALICE, client_id="d")])

    assert await loaded(other) == writing.now
    assert (writing.now.name, writing.now.last_message, dict(writing.now.members)) == (None, None, {})
    assert await other.conversations.membership(ONE, ALICE) == "ended"
    assert await other.conversations.membership(ONE, BOB) == "former"
    assert await other.conversations.resume(CAROL, CURSORS, 10) == [Gone(conversation=ONE, reason="deleted")]
    assert await other.conversations.summary(ALICE, ONE) is None


async def test_what_is_left_of_it_is_destroyed_later(store: Store, other: Store, writing: Writing) -> None:
    await store.marks.mute(Reader(ONE, ALICE), None)
    await store.marks.mute(Reader(conversation_id(2), ALICE), None)
    await writing.apply([DeleteGroup(conversation=ONE, sender=ALICE, client_id="d")])
    at = writing.now.ended_at
    assert at is not None
    assert await other.endings.due(ConversationKind.GROUP, at, 10) == []
    later = at.replace(year=at.year + 1)
    assert await other.endings.due(ConversationKind.GROUP, later, 10) == [ONE]

    for _ in range(2):
        await other.endings.destroy(ONE)

    assert await store.endings.due(ConversationKind.GROUP, later, 10) == []
    assert await store.marks.muted([Reader(conversation_id(number), ALICE) for number in (1, 2)]) == {
        Reader(conversation_id(2), ALICE)
    }
    assert await store.conversations.message(ONE, 1) is None
    assert await store.decisions.outcomes([f"{ONE}/{ALICE}/d", f"{ONE}/{ALICE}/m1"]) == {}
    tombstone = await loaded(store)
    assert (tombstone.applied, tombstone.ended_at, dict(tombstone.former)) == (writing.now.applied, at, {})
    assert await store.conversations.membership(ONE, ALICE) is None
    assert await store.conversations.resume(ALICE, CURSORS, 10) == [Gone(conversation=ONE, reason="deleted")]
