"""Group passwords, tries at them, and who blocks whom."""

import asyncio
from datetime import UTC, datetime, timedelta

from schemas.commands import AddMember, Block, ChangeGroup, LeaveGroup
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind
from store.ports import PASSWORDS_KEPT, Belonging, GroupPassword, Store
from tests.making import ALICE, BOB, CAROL, conversation_id
from tests.store.writing import Writing, batch_of, enrol

ONE = conversation_id(1)
TWO = direct_conversation_id(ALICE, BOB)


def block(*, on: bool) -> Block:
    return Block(conversation=TWO, sender=ALICE, client_id=f"b{on}", user=BOB, on=on, epoch="e")


async def test_what_is_not_in_force_is_forgotten(store: Store, other: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB, kind=ConversationKind.GROUP)
    for version in ("v1", "v2", "v3"):
        await store.group_passwords.put(ONE, GroupPassword(version, f"$hash of {version}"))
    for version in ("v1", "v2"):
        change = ChangeGroup(conversation=ONE, sender=ALICE, client_id=version, fields=("password",), password=version)
        await writing.apply([change])
    await store.group_passwords.put(conversation_id(9), GroupPassword("v1", "of a group that never came to be"))
    now = datetime.now(UTC)

    assert await other.group_passwords.forget_superseded(now + PASSWORDS_KEPT - timedelta(hours=1), 10) == 0
    due = now + PASSWORDS_KEPT + timedelta(hours=1)
    assert [await other.group_passwords.forget_superseded(due, 3) for _ in range(3)] == [3, 1, 0]

    assert await other.group_passwords.current(ONE) == GroupPassword("v2", "$hash of v2")
    back = ChangeGroup(conversation=ONE, sender=ALICE, client_id="back", fields=("password",), password="v1")
    await writing.apply([back])
    assert await other.group_passwords.current(ONE) is None
    again = await other.group_passwords.forget_superseded(due + PASSWORDS_KEPT, 10)
    assert again == 1, "what was in force is looked at again"


async def test_the_groups_that_one_is_in(store: Store, other: Store) -> None:
    await Writing(store, 1).create(ALICE, BOB)
    for number, members in ((2, (BOB, ALICE)), (3, (ALICE,)), (4, (BOB,)), (5, (ALICE, BOB))):
        await Writing(store, number).create(*members, kind=ConversationKind.GROUP)
    left = Writing(store, 6)
    await left.create(ALICE, BOB, kind=ConversationKind.GROUP)
    leave = LeaveGroup(conversation=conversation_id(6), sender=ALICE, client_id="l")
    back = AddMember(conversation=conversation_id(6), sender=BOB, client_id="a", user=ALICE)
    await left.apply([leave])
    mine = {Belonging(conversation_id(number), 0) for number in (2, 3, 5)}
    assert set(await other.conversations.groups_of(ALICE, 10)) == mine
    assert len(await other.conversations.groups_of(ALICE, 2)) == 2
    await left.apply([back])
    assert set(await other.conversations.groups_of(ALICE, 10)) == mine | {Belonging(conversation_id(6), 2)}


async def test_the_password_in_force_is_the_one_the_group_names(store: Store, other: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB, kind=ConversationKind.GROUP)
    for version in ("v1", "v2"):
        await store.group_passwords.put(ONE, GroupPassword(version, f"hash of {version}"))
    assert await other.group_passwords.current(ONE) is None

    change = ChangeGroup(conversation=ONE, sender=ALICE, client_id="c", fields=("password",), password="v1")
    await writing.apply([change])

    assert await other.group_passwords.current(ONE) == GroupPassword("v1", "hash of v1")
    assert await other.group_passwords.current(conversation_id(2)) is None
    assert (await other.decisions.load([ONE]))[ONE] == writing.now


async def test_tries_lock_out_for_growing_times(store: Store) -> None:
    assert [await store.attempts.begin("a", 3, 60.0) for _ in range(3)] == [0.0] * 3
    assert 0.0 < await store.attempts.begin("a", 3, 60.0) <= 1.0
    assert await store.attempts.begin("b", 3, 60.0) == 0.0
    await store.attempts.succeed("a")
    assert await store.attempts.begin("a", 3, 60.0) == 0.0


async def test_many_tries_at_once_are_as_many(store: Store, other: Store) -> None:
    answers = await asyncio.gather(*(each.attempts.begin("a", 5, 60.0) for each in (store, other) for _ in range(10)))

    assert answers.count(0.0) == 5


async def test_the_longest_lock(store: Store) -> None:
    await store.attempts.begin("a", 0, 600.0)

    assert 0.0 < await store.attempts.begin("a", 0, 600.0) <= 2.0
    await store.attempts.begin("b", -1000, 600.0)
    assert 590.0 < await store.attempts.begin("b", -1000, 600.0) <= 600.0


async def test_who_blocks_whom(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB)
    pairs = [(ALICE, BOB), (BOB, ALICE), (ALICE, CAROL)]
    assert await store.conversations.blocking(pairs) == frozenset()
    assert await store.conversations.blocking([]) == frozenset()

    begun = batch_of(None, [block(on=True)], 1)
    await store.decisions.apply(begun)

    assert await other.conversations.blocking(pairs) == {(ALICE, BOB)}
    mine = await other.conversations.summary(ALICE, TWO)
    assert mine is not None
    assert (mine.blocked, {member.user for member in mine.members}) == (True, {ALICE, BOB})
    assert await other.conversations.summary(BOB, TWO) is None
    assert (await other.conversations.summaries(BOB, 10)).items == ()

    await store.decisions.apply(batch_of(begun.changes[0].after, [block(on=False)], 2))

    assert await other.conversations.blocking(pairs) == frozenset()
    his = await other.conversations.summary(BOB, TWO)
    assert his is not None
    assert his.blocked is False
    assert (await other.decisions.load([TWO]))[TWO].blocked_by == frozenset()
