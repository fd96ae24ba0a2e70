"""What clients read: membership, summaries, history, resuming."""

from collections.abc import Sequence

import pytest

from schemas.frames import Changes, Cursor, Gone, Reset, ResumeAnswer
from schemas.messages import ConversationKind, MemberView, Message, Role, Summary
from store.ports import MAX_UNREAD, SUMMARY_MEMBERS, Page, Store
from tests.making import ALICE, BOB, CAROL, EPOCH, NOW, conversation_id, user_id
from tests.store.writing import Writing, at, enrol

ONE, TWO, THREE = (conversation_id(number) for number in (1, 2, 3))


@pytest.fixture
async def writing(store: Store) -> Writing:
    await enrol(store, ALICE, BOB, CAROL)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    return writing


async def test_membership(store: Store, writing: Writing) -> None:
    assert await store.conversations.membership(ONE, ALICE) == "member"
    assert await store.conversations.membership(ONE, CAROL) is None
    assert await store.conversations.membership(TWO, ALICE) is None


async def test_a_summary_is_the_members_own(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, "m1", "m2", "m3")
    await writing.say(BOB, "m1")
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary == Summary(
        id=ONE,
        kind=ConversationKind.DIRECT,
        name=None,
        description=None,
        epoch=EPOCH,
        seq=4,
        rev=4,
        members=tuple(MemberView(user=u, username=f"name-of-{u}", role=Role.MEMBER) for u in (ALICE, BOB)),
        member_count=2,
        last_message=writing.now.last_message,
        unread=1,
        created_at=NOW,
        updated_at=at(4),
    )
    of_bob = await store.conversations.summary(BOB, ONE)
    assert of_bob is not None
    assert of_bob.unread == 3


async def test_what_is_not_his_has_no_summary(store: Store, writing: Writing) -> None:
    assert await store.conversations.summary(CAROL, ONE) is None
    assert await store.conversations.summary(ALICE, TWO) is None


async def test_a_summary_names_fifty_members_and_counts_all(store: Store) -> None:
    users = [user_id(number) for number in range(SUMMARY_MEMBERS + 10)]
    await enrol(store, *users)
    await Writing(store).create(*reversed(users), kind=ConversationKind.GROUP)
    summary = await store.conversations.summary(users[0], ONE)
    assert summary is not None
    assert [member.user for member in summary.members] == users[:SUMMARY_MEMBERS]
    assert summary.member_count == SUMMARY_MEMBERS + 10
    assert {member.role for member in summary.members} == {Role.MEMBER}


async def test_unread_are_others_undeleted_messages(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2", "m3")
    message = await store.conversations.message(ONE, 2)
    assert message is not None
    await writing.change(message.model_copy(update={"deleted_at": at(9), "text": None}), "d1")
    await writing.change(message.model_copy(update={"seq": 1, "client_id": "m1"}), "e1")
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert (summary.unread, summary.seq, summary.rev) == (2, 3, 5)


async def test_unread_are_counted_among_the_newest(store: Store, writing: Writing) -> None:
    await writing.say(BOB, *(f"m{number}" for number in range(MAX_UNREAD)))
    await writing.say(ALICE, "mine-1", "mine-2")
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert summary.unread == MAX_UNREAD - 2


async def walk(store: Store, user: str, limit: int) -> list[str]:
    listed: list[str] = []
    page: Page[Summary] = await store.conversations.summaries(user, limit)
    while page.next is not None:
        listed += [summary.id for summary in page.items]
        page = await store.conversations.summaries(user, limit, page.next)
    return listed + [summary.id for summary in page.items]


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_the_newest_change_comes_first(store: Store, writing: Writing, limit: int) -> None:
    for number in (2, 3, 4, 5):
        await Writing(store, number).create(ALICE, BOB)
    await Writing(store, 6).create(BOB, CAROL)
    await writing.say(BOB, "m1")
    # The others changed at the same instant: these are told apart by id.
    assert await walk(store, ALICE, limit) == [ONE, *(conversation_id(number) for number in (5, 4, 3, 2))]
    assert await walk(store, CAROL, limit) == [conversation_id(6)]
    assert await walk(store, user_id(99), limit) == []


async def test_a_page_of_summaries_is_each_ones_summary(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2")
    two = Writing(store, 2)
    await two.create(CAROL, ALICE, BOB, kind=ConversationKind.GROUP)
    await two.say(CAROL, "m1")
    page = await store.conversations.summaries(ALICE, 10)
    assert {summary.id: summary.unread for summary in page.items} == {ONE: 2, TWO: 1}
    for summary in page.items:
        assert summary == await store.conversations.summary(ALICE, summary.id)


@pytest.mark.parametrize("place", ["", "x", "1", "1.x", ".c_1", "-1.c_1", "99999999999999999.c_1", "1.0.c_1"])
async def test_a_place_no_page_gave(store: Store, place: str) -> None:
    with pytest.raises(ValueError, match="place"):
        await store.conversations.summaries(ALICE, 10, place)


async def history(
    store: Store, limit: int, *, before: int | None = None, after: int | None = None, around: int | None = None
) -> tuple[list[int], bool]:
    messages, more = await store.conversations.history(ONE, before=before, after=after, around=around, limit=limit)
    assert all(message.text == message.client_id for message in messages)
    return [message.seq for message in messages], more


async def test_history(store: Store, writing: Writing) -> None:
    assert await history(store, 5) == ([], False)
    await writing.say(ALICE, *(f"m{number}" for number in range(1, 13)))
    assert await history(store, 5) == ([8, 9, 10, 11, 12], True)
    assert await history(store, 12) == (list(range(1, 13)), False)
    assert await history(store, 200) == (list(range(1, 13)), False)
    assert await history(store, 3, before=5) == ([2, 3, 4], True)
    assert await history(store, 3, before=4) == ([1, 2, 3], False)
    assert await history(store, 3, before=1) == ([], False)
    assert await history(store, 3, before=100) == ([10, 11, 12], True)
    assert await history(store, 3, after=0) == ([1, 2, 3], True)
    assert await history(store, 3, after=9) == ([10, 11, 12], False)
    assert await history(store, 3, after=12) == ([], False)
    assert await history(store, 3, before=10**30) == ([10, 11, 12], True)
    assert await history(store, 3, after=10**30) == ([], False)


async def test_history_around_a_message(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, *(f"m{number}" for number in range(1, 13)))
    assert await history(store, 1, around=6) == ([6], True)
    assert await history(store, 5, around=6) == ([4, 5, 6, 7, 8], True)
    assert await history(store, 4, around=6) == ([4, 5, 6, 7], True)
    assert await history(store, 5, around=2) == ([1, 2, 3, 4], True)
    assert await history(store, 5, around=12) == ([10, 11, 12], True)
    assert await history(store, 30, around=6) == (list(range(1, 13)), False)


async def test_histories_do_not_mix(store: Store, writing: Writing) -> None:
    for number in (2, 3):
        beside = Writing(store, number)
        await beside.create(ALICE, BOB)
        await beside.say(ALICE, f"of-{number}")
    await writing.say(ALICE, "m1")
    assert await history(store, 10) == ([1], False)
    assert (await store.conversations.history(TWO, before=None, after=0, around=None, limit=9))[0][0].text == "of-2"


async def test_single_messages(store: Store, writing: Writing) -> None:
    await writing.say(ALICE, "m1", "m2")
    last = writing.now.last_message
    assert await store.conversations.message(ONE, 2) == last
    assert await store.conversations.message_by_client_id(ONE, ALICE, "m2") == last
    for seq in (0, -1, 3, 10**30):
        assert await store.conversations.message(ONE, seq) is None
    assert await store.conversations.message(TWO, 1) is None
    assert await store.conversations.message_by_client_id(ONE, BOB, "m2") is None
    assert await store.conversations.message_by_client_id(TWO, ALICE, "m2") is None


async def resume(store: Store, user: str, limit: int = 100, **revs: int | tuple[str, int]) -> Sequence[ResumeAnswer]:
    named = {"one": ONE, "two": TWO, "three": THREE}
    cursors = {
        named[name]: Cursor(epoch=EPOCH, rev=at) if isinstance(at, int) else Cursor(epoch=at[0], rev=at[1])
        for name, at in revs.items()
    }
    return await store.conversations.resume(user, cursors, limit)


def revs(answer: ResumeAnswer) -> tuple[int, int, list[int], bool]:
    assert isinstance(answer, Changes)
    return answer.from_, answer.to, [message.rev for message in answer.messages], answer.more


async def test_who_has_everything_is_told_nothing(store: Store, writing: Writing) -> None:
    assert await resume(store, ALICE) == []
    assert await resume(store, ALICE, one=0) == []
    await writing.say(ALICE, "m1", "m2")
    assert await resume(store, ALICE, one=2) == []


async def test_who_is_behind_is_told_all_he_missed(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2", "m3")
    (answer,) = await resume(store, ALICE, one=1)
    assert revs(answer) == (1, 3, [2, 3], False)
    assert isinstance(answer, Changes)
    assert (answer.conversation, answer.epoch) == (ONE, EPOCH)
    assert answer.messages[-1] == writing.now.last_message


async def test_a_long_absence_is_told_in_pages(store: Store, writing: Writing) -> None:
    await writing.say(BOB, *(f"m{number}" for number in range(7)))
    (first,) = await resume(store, ALICE, 3, one=0)
    assert revs(first) == (0, 3, [1, 2, 3], True)
    (second,) = await resume(store, ALICE, 3, one=3)
    assert revs(second) == (3, 6, [4, 5, 6], True)
    (third,) = await resume(store, ALICE, 3, one=6)
    assert revs(third) == (6, 7, [7], False)
    (whole,) = await resume(store, ALICE, 7, one=0)
    assert revs(whole) == (0, 7, list(range(1, 8)), False)


async def test_a_changed_message_comes_once_with_its_latest_change(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2", "m3")
    message: Message | None = await store.conversations.message(ONE, 1)
    assert message is not None
    changed = await writing.change(message, "e1")
    (answer,) = await resume(store, ALICE, one=0)
    assert revs(answer) == (0, 4, [2, 3, 4], False)
    assert isinstance(answer, Changes)
    assert answer.messages[-1] == changed
    (first,) = await resume(store, ALICE, 1, one=0)
    assert revs(first) == (0, 1, [], True)


async def test_another_numbering_and_a_future_are_reset(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2")
    reset = Reset(conversation=ONE, epoch=EPOCH, rev=2)
    assert await resume(store, ALICE, one=("another", 1)) == [reset]
    assert await resume(store, ALICE, one=("another", 2)) == [reset]
    assert await resume(store, ALICE, one=3) == [reset]
    assert await resume(store, ALICE, one=10**12) == [reset]


async def test_what_never_was_his_is_gone(store: Store, writing: Writing) -> None:
    gone = [Gone(conversation=conversation, reason="deleted") for conversation in (ONE, TWO)]
    assert await resume(store, CAROL, one=0, two=0) == gone


async def test_many_cursors_are_answered_each_for_itself(store: Store, writing: Writing) -> None:
    await writing.say(BOB, "m1", "m2", "m3")
    two, three = Writing(store, 2), Writing(store, 3)
    await two.create(ALICE, CAROL)
    await two.say(CAROL, "m1")
    await three.create(BOB, CAROL)
    answers = await resume(store, ALICE, 2, three=5, two=0, one=0)
    assert answers[0] == Gone(conversation=THREE, reason="deleted")
    assert [revs(answer) for answer in answers[1:]] == [(0, 1, [1], False), (0, 2, [1, 2], True)]
    assert [answer.conversation for answer in answers] == [THREE, TWO, ONE]
