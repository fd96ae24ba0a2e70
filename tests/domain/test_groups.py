"""Who is in a group and in which role, decided from state and record alone."""

from dataclasses import replace

import pytest

from domain import groups
from domain.conversation import Conversation, Leaving, Member
from domain.deciding import decide
from domain.decision import Decision
from schemas.commands import (
    AddMember,
    ChangeGroup,
    DeleteGroup,
    GroupCommand,
    JoinGroup,
    LeaveGroup,
    RemoveMember,
    SetRole,
)
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, MessageKind, Role
from tests.making import ALICE, BOB, CAROL, NOW, conversation, conversation_id, former_member, send, stamp, user_id

DAVE, EVE = user_id(4), user_id(5)
ONE = conversation_id()


def group(former: Leaving = Leaving.REMOVED) -> Conversation:
    """Alice is its admin, Bob came before Carol, Dave has been in it."""
    state = conversation(seq=3, kind=ConversationKind.GROUP)
    members = {
        ALICE: Member(ALICE, Role.ADMIN, 0, NOW),
        CAROL: Member(CAROL, Role.MEMBER, 2, NOW),
        BOB: Member(BOB, Role.MEMBER, 1, NOW),
    }
    return replace(state, name="Friends", members=members, former={DAVE: former_member(DAVE, former)}, password="v1")


def add(user: str, sender: str = ALICE) -> AddMember:
    return AddMember(conversation=ONE, sender=sender, client_id="c", user=user)


def remove(user: str, sender: str = ALICE) -> RemoveMember:
    return RemoveMember(conversation=ONE, sender=sender, client_id="c", user=user)


def leave(sender: str) -> LeaveGroup:
    return LeaveGroup(conversation=ONE, sender=sender, client_id="c")


def role(user: str, to: Role, sender: str = ALICE) -> SetRole:
    return SetRole(conversation=ONE, sender=sender, client_id="c", user=user, role=to)


def join(sender: str, password: str = "v1") -> JoinGroup:
    return JoinGroup(conversation=ONE, sender=sender, client_id="c", password=password)


def end(sender: str = ALICE) -> DeleteGroup:
    return DeleteGroup(conversation=ONE, sender=sender, client_id="c")


RENAME = ChangeGroup(conversation=ONE, sender=ALICE, client_id="c", fields=("name", "password"), name="Foes")


def done(command: GroupCommand, state: Conversation | None = None) -> tuple[Decision, Conversation]:
    decision = decide(state or group(), command, stamp(9))
    assert decision.outcome.error is None
    assert decision.state is not None
    return decision, decision.state


def test_a_change_is_a_system_message_with_its_own_numbers() -> None:
    decision, state = done(add(EVE))

    message = decision.message
    assert message is not None
    assert message.event is not None
    assert (message.kind, message.seq, message.rev, message.text) == (MessageKind.SYSTEM, 4, 4, None)
    assert (message.event.type, message.event.by, message.event.user) == ("added", ALICE, EVE)
    assert (state.seq, state.rev, state.last_message) == (4, 4, message)
    assert set(decision.outcome.addressees) == {ALICE, BOB, CAROL, EVE}
    assert decision.members == (Member(EVE, Role.MEMBER, 4, NOW, ALICE),)


def test_a_removal_is_told_to_whom_it_puts_out_and_is_the_last_he_hears() -> None:
    decision, state = done(remove(BOB))

    assert set(decision.outcome.addressees) == {ALICE, BOB, CAROL}
    assert set(state.members) == {ALICE, CAROL}
    (gone,) = decision.members
    assert gone.left is not None
    assert (gone.left.rev, gone.left.by, gone.left.how) == (4, ALICE, Leaving.REMOVED)
    after = decide(state, send("m9", ALICE), stamp(10))
    assert set(after.outcome.addressees) == {ALICE, CAROL}
    assert decide(state, send("m9", BOB), stamp(10)).outcome.error is ErrorCode.NOT_A_MEMBER


def test_removing_oneself_is_leaving() -> None:
    decision, state = done(remove(BOB, sender=BOB))

    assert decision.message is not None
    assert decision.message.event is not None
    assert decision.message.event.type == "left"
    left = state.former[BOB].left
    assert left is not None
    assert left.how is Leaving.LEFT


def test_when_the_last_admin_leaves_the_longest_standing_member_becomes_one() -> None:
    decision, state = done(leave(ALICE))

    assert decision.message is not None
    assert decision.message.event is not None
    assert decision.message.event.successor == BOB
    assert {user: member.role for user, member in state.members.items()} == {BOB: Role.ADMIN, CAROL: Role.MEMBER}
    assert {member.user for member in decision.members} == {ALICE, BOB}


def test_with_another_admin_nobody_is_promoted() -> None:
    _, two = done(role(CAROL, Role.ADMIN))

    _, state = done(leave(ALICE), two)

    assert state.members[BOB].role is Role.MEMBER


def test_a_group_ends_with_its_last_member() -> None:
    state = group()
    for user in (ALICE, BOB):
        _, state = done(leave(user), state)

    decision, ended = done(leave(CAROL), state)

    assert (ended.ended_at, ended.members, ended.name, ended.last_message) == (NOW, {}, None, None)
    assert (decision.message, decision.outcome.addressees) == (None, (CAROL,))


def test_a_deleted_group_is_a_tombstone_that_takes_nothing() -> None:
    decision, ended = done(end())

    assert set(decision.outcome.addressees) == {ALICE, BOB, CAROL}
    assert "Friends" not in repr(ended)
    assert {member.left.how for member in decision.members if member.left} == {Leaving.DELETED}
    for command in (send("m9", ALICE), send("m9", BOB), add(EVE), leave(ALICE), end()):
        assert decide(ended, command, stamp(10)).outcome.error is ErrorCode.CONVERSATION_ENDED
    assert decide(ended, send("m9", EVE), stamp(10)).outcome.error is ErrorCode.NOT_FOUND
    assert decide(ended, join(EVE), stamp(10)).outcome.error is ErrorCode.NOT_FOUND
    assert decide(ended, join(BOB), stamp(10)).outcome.error is ErrorCode.CONVERSATION_ENDED


def test_a_renamed_group() -> None:
    decision, state = done(RENAME)

    assert decision.message is not None
    assert decision.message.event is not None
    assert (decision.message.event.fields, decision.message.event.name) == (("name", "password"), "Foes")
    assert (state.name, state.description, state.password) == ("Foes", None, None)


def test_who_joins_brings_the_version_of_the_password_in_force() -> None:
    decision, state = done(join(EVE))

    assert decision.message is not None
    assert decision.message.event is not None
    assert (decision.message.event.type, decision.message.event.by) == ("joined", EVE)
    assert state.members[EVE].role is Role.MEMBER
    assert decide(group(), join(EVE, "v0"), stamp(9)).outcome.error is ErrorCode.WRONG_PASSWORD
    assert decide(replace(group(), password=None), join(EVE), stamp(9)).outcome.error is ErrorCode.NOT_FOUND
    assert decide(None, join(EVE), stamp(9)).outcome.error is ErrorCode.NOT_FOUND
    assert decide(conversation(), join(EVE), stamp(9)).outcome.error is ErrorCode.NOT_FOUND


def test_who_left_may_come_back_who_was_removed_has_to_be_added() -> None:
    _, state = done(join(DAVE), group(Leaving.LEFT))
    assert DAVE in state.members
    assert DAVE not in state.former
    assert decide(group(), join(DAVE), stamp(9)).outcome.error is ErrorCode.NOT_A_MEMBER
    _, state = done(add(DAVE))
    assert DAVE in state.members


def test_a_group_has_so_many_members_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MAX_MEMBERS", 3)

    for command in (add(EVE), join(EVE)):
        assert decide(group(), command, stamp(9)).outcome.error is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (role(ALICE, Role.MEMBER), ErrorCode.CONFLICT),
        (role(EVE, Role.ADMIN), ErrorCode.NOT_FOUND),
        (remove(EVE), ErrorCode.NOT_FOUND),
        (add(EVE, BOB), ErrorCode.FORBIDDEN),
        (remove(CAROL, BOB), ErrorCode.FORBIDDEN),
        (role(BOB, Role.ADMIN, BOB), ErrorCode.FORBIDDEN),
        (end(BOB), ErrorCode.FORBIDDEN),
        (RENAME.model_copy(update={"sender": BOB}), ErrorCode.FORBIDDEN),
        (add(EVE, DAVE), ErrorCode.NOT_A_MEMBER),
        (leave(DAVE), ErrorCode.NOT_A_MEMBER),
        (leave(EVE), ErrorCode.NOT_FOUND),
        (end(EVE), ErrorCode.NOT_FOUND),
    ],
)
def test_what_is_refused_changes_nothing(command: GroupCommand, code: ErrorCode) -> None:
    decision = decide(group(), command, stamp(9))

    assert decision.outcome.error is code
    assert decision.state == replace(group(), applied=stamp(9).place)
    assert (decision.message, decision.members) == (None, ())


@pytest.mark.parametrize(
    "command",
    [
        add(BOB),
        remove(DAVE),
        role(BOB, Role.MEMBER),
        join(BOB, "whatever"),
        RENAME.model_copy(update={"name": "Friends", "fields": ("name",)}),
    ],
)
def test_what_is_so_already_takes_no_number(command: GroupCommand) -> None:
    decision, state = done(command)

    assert state == replace(group(), applied=stamp(9).place)
    assert (decision.message, decision.outcome.addressees, decision.members) == (None, (), ())


@pytest.mark.parametrize("command", [add(EVE), leave(ALICE), role(BOB, Role.ADMIN), end(), RENAME])
def test_two_who_talk_are_no_group(command: GroupCommand) -> None:
    assert decide(conversation(), command, stamp(9)).outcome.error is ErrorCode.FORBIDDEN
