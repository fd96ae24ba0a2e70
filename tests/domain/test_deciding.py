"""What becomes of a command, decided from state and record alone."""

import pytest

from domain.conversation import Applied
from domain.deciding import decide
from domain.decision import Decision, repeat
from schemas.commands import SendMessage
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Role
from tests.making import ALICE, BOB, CAROL, NOW, conversation, create, send, stamp


def test_a_message_takes_the_next_seq_and_rev() -> None:
    decision = decide(conversation(seq=4), send(text="hello"), stamp(9))

    assert decision.message is not None
    assert (decision.message.seq, decision.message.rev, decision.message.text) == (5, 5, "hello")
    assert decision.message.sent_at == NOW
    assert decision.state is not None
    assert (decision.state.seq, decision.state.rev, decision.state.applied) == (5, 5, Applied(1, 9))
    assert decision.state.last_message == decision.message
    assert set(decision.outcome.addressees) == {ALICE, BOB}


def _unchanged_but_applied(decision: Decision, offset: int) -> bool:
    before = conversation(seq=4, former=(CAROL,))
    state = decision.state
    return state is not None and (state.seq, state.rev, state.applied) == (before.seq, before.rev, Applied(1, offset))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (send(sender="u_00000000000000000000000009"), ErrorCode.NOT_FOUND),
        (send(sender=CAROL), ErrorCode.NOT_A_MEMBER),
        (send().model_copy(update={"reply_to": 5}), ErrorCode.NOT_FOUND),
    ],
)
def test_a_refusal_changes_nothing_but_applied(command: SendMessage, code: ErrorCode) -> None:
    decision = decide(conversation(seq=4, former=(CAROL,)), command, stamp(9))

    assert decision.outcome.error is code
    assert decision.message is None
    assert decision.outcome.addressees == ()
    assert _unchanged_but_applied(decision, 9)


def test_a_message_to_nowhere_is_not_found() -> None:
    decision = decide(None, send(), stamp(9))

    assert decision.outcome.error is ErrorCode.NOT_FOUND
    assert decision.state is None


def test_a_reply_may_name_the_newest_message() -> None:
    reply = send().model_copy(update={"reply_to": 4})

    assert decide(conversation(seq=4), reply, stamp(9)).outcome.error is None


def test_only_members_stay_mentioned() -> None:
    command = send().model_copy(update={"mentions": (BOB, CAROL)})

    decision = decide(conversation(), command, stamp(1))

    assert decision.message is not None
    assert decision.message.mentions == (BOB,)


def test_two_who_talk_have_no_admin() -> None:
    decision = decide(None, create(), stamp(0))

    assert decision.state is not None
    assert {member.role for member in decision.state.members.values()} == {Role.MEMBER}
    assert (decision.state.seq, decision.state.rev) == (0, 0)
    assert {member.user for member in decision.members} == {ALICE, BOB}


def test_the_founder_of_a_group_is_its_admin() -> None:
    decision = decide(None, create(members=(ALICE, BOB, CAROL, BOB), kind=ConversationKind.GROUP), stamp(0))

    assert decision.state is not None
    roles = {user: member.role for user, member in decision.state.members.items()}
    assert roles == {ALICE: Role.ADMIN, BOB: Role.MEMBER, CAROL: Role.MEMBER}


def test_two_who_click_at_once_get_one_chat() -> None:
    existing = conversation(seq=3)

    decision = decide(existing, create(sender=BOB), stamp(7))

    assert decision.outcome.error is None
    assert (decision.outcome.seq, decision.outcome.rev) == (3, 3)
    assert decision.outcome.addressees == ()
    assert decision.members == ()


def test_the_id_of_a_group_is_nobody_elses_to_take() -> None:
    existing = conversation(kind=ConversationKind.GROUP)

    assert decide(existing, create(kind=ConversationKind.GROUP), stamp(7)).outcome.error is ErrorCode.CONFLICT


def test_a_repeat_takes_no_number() -> None:
    state = conversation(seq=4)
    first = decide(state, send(), stamp(9))

    again = repeat(first.state, first.outcome, stamp(10))

    assert again.outcome == first.outcome
    assert again.state is not None
    assert (again.state.seq, again.state.rev, again.state.applied) == (5, 5, Applied(1, 10))
