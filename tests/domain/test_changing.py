"""Edits, deletions and reactions: who may, what they leave, what they number."""

import pytest

from domain.conversation import Conversation, Member
from domain.deciding import decide
from domain.decision import Decision
from domain.talking import MAX_REACTIONS
from schemas.commands import ChangeMessage, Command
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Message, MessageKind, Role
from tests.making import ALICE, BOB, CAROL, NOW, conversation, delete, edit, react, send, stamp

MESSAGE = decide(
    conversation(), send(text="hello").model_copy(update={"media": ("f",), "mentions": (BOB,)}), stamp(1)
).message
assert MESSAGE is not None


def group(admin: str = ALICE) -> Conversation:
    state = conversation(members=(ALICE, BOB), seq=1, former=(CAROL,), kind=ConversationKind.GROUP)
    members = {**state.members, admin: Member(admin, Role.ADMIN, 0, NOW)}
    return Conversation(
        **{name: getattr(state, name) for name in state.__slots__} | {"members": members, "last_message": MESSAGE}
    )


def change(command: Command, message: Message | None = MESSAGE, state: Conversation | None = None) -> Decision:
    return decide(state or group(), command, stamp(9), message)


def test_an_edit_keeps_the_seq_and_takes_a_rev() -> None:
    decision = change(edit(1, "better"))

    message = decision.message
    assert message is not None
    assert (message.seq, message.rev, message.text, message.cause) == (1, 2, "better", "e1")
    assert (message.client_id, message.edited_at, message.media) == ("m1", NOW, ("f",))
    assert decision.state is not None
    assert (decision.state.seq, decision.state.rev, decision.state.last_message) == (1, 2, message)
    assert (decision.outcome.seq, decision.outcome.rev, set(decision.outcome.addressees)) == (1, 2, {ALICE, BOB})


def test_the_last_message_follows_only_its_own_changes() -> None:
    newer = decide(group(), send("m2"), stamp(2)).state

    decision = change(edit(1), state=newer)

    assert decision.state is not None
    assert decision.state.last_message is not None
    assert (decision.state.last_message.seq, decision.state.rev) == (2, 3)


def test_a_deletion_leaves_no_content() -> None:
    message = change(delete(1)).message

    assert message is not None
    assert (message.text, message.media, message.mentions, message.reactions) == (None, (), (), {})
    assert (message.seq, message.sender, message.client_id, message.deleted_at) == (1, ALICE, "m1", NOW)
    assert "hello" not in message.model_dump_json()


@pytest.mark.parametrize("command", [edit(1), react(1)])
def test_what_is_deleted_is_not_changed_any_more(command: ChangeMessage) -> None:
    deleted = change(delete(1)).message

    assert change(command, deleted).outcome.error is ErrorCode.CONFLICT


def test_deleting_twice_changes_nothing_and_takes_no_number() -> None:
    deleted = change(delete(1))

    again = change(delete(1, client_id="d2"), deleted.message, deleted.state)

    assert (again.outcome.error, again.message, again.outcome.addressees) == (None, None, ())
    assert (again.outcome.seq, again.outcome.rev) == (1, 2)
    assert again.state is not None
    assert again.state.rev == 2


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (edit(1, sender=BOB), ErrorCode.FORBIDDEN),
        (delete(1, sender=BOB), ErrorCode.FORBIDDEN),
        (edit(1, sender=CAROL), ErrorCode.NOT_A_MEMBER),
        (delete(1, sender=CAROL), ErrorCode.NOT_A_MEMBER),
        (react(1, sender=CAROL), ErrorCode.NOT_A_MEMBER),
        (react(1, sender="u_00000000000000000000000009"), ErrorCode.NOT_FOUND),
    ],
)
def test_who_may_not(command: ChangeMessage, code: ErrorCode) -> None:
    decision = change(command)

    assert decision.outcome.error is code
    assert decision.message is None
    assert decision.state is not None
    assert decision.state.rev == 1


def test_an_admin_may_delete_but_not_edit_what_others_said() -> None:
    assert change(delete(1, sender=BOB), state=group(BOB)).outcome.error is None
    assert change(edit(1, sender=BOB), state=group(BOB)).outcome.error is ErrorCode.FORBIDDEN


def test_there_are_no_admins_between_two() -> None:
    two = conversation(seq=1)

    assert change(delete(1, sender=BOB), state=two).outcome.error is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("command", [edit(7), delete(7), react(7)])
def test_what_is_not_there(command: ChangeMessage) -> None:
    assert change(command, None).outcome.error is ErrorCode.NOT_FOUND
    assert decide(None, command, stamp(9)).outcome.error is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("command", [edit(1), delete(1), react(1)])
def test_system_messages_stay_as_they_are(command: ChangeMessage) -> None:
    assert MESSAGE is not None
    system = MESSAGE.model_copy(update={"kind": MessageKind.SYSTEM})

    assert change(command, system).outcome.error is ErrorCode.FORBIDDEN


def test_reactions_come_and_go() -> None:
    first = change(react(1))
    both = change(react(1, sender=BOB), first.message, first.state)
    assert both.message is not None
    assert both.message.reactions == {"👍": (ALICE, BOB)}

    one = change(react(1, on=False), both.message, both.state)
    none = change(react(1, sender=BOB, on=False), one.message, one.state)

    assert one.message is not None
    assert none.message is not None
    assert (one.message.reactions, none.message.reactions) == ({"👍": (BOB,)}, {})
    assert none.message.rev == 5


def test_a_reaction_that_is_there_already_takes_no_number() -> None:
    first = change(react(1))

    again = change(react(1, client_id="r2"), first.message, first.state)
    missing = change(react(1, "🎉", on=False), first.message, first.state)

    for nothing in (again, missing):
        assert (nothing.outcome.error, nothing.message, nothing.outcome.rev) == (None, None, 2)
        assert nothing.state is not None
        assert nothing.state.rev == 2


def test_so_many_different_reactions_and_no_more() -> None:
    assert MESSAGE is not None
    full = MESSAGE.model_copy(update={"reactions": {chr(0x1F600 + n): (BOB,) for n in range(MAX_REACTIONS)}})

    assert change(react(1), full).outcome.error is ErrorCode.TOO_LARGE
    assert change(react(1, chr(0x1F600)), full).outcome.error is None
