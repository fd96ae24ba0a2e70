"""Blocking the other one of two."""

from domain.blocking import hides
from domain.conversation import Conversation
from domain.deciding import decide
from domain.decision import Decision
from schemas.commands import Block, CreateConversation, SendMessage
from schemas.errors import ErrorCode
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind
from tests.making import ALICE, BOB, CAROL, delete, edit, react, stamp

TWO = direct_conversation_id(ALICE, BOB)


def block(sender: str = ALICE, user: str = BOB, *, on: bool = True, conversation: str = TWO) -> Block:
    return Block(conversation=conversation, sender=sender, client_id="b", user=user, on=on, epoch="e")


def start(sender: str) -> CreateConversation:
    return CreateConversation(
        conversation=TWO, sender=sender, client_id="c", kind=ConversationKind.DIRECT, epoch="e", members=(ALICE, BOB)
    )


def say(sender: str) -> SendMessage:
    return SendMessage(conversation=TWO, sender=sender, client_id="m", text="hello")


def done(state: Conversation | None, command: Block | CreateConversation | SendMessage) -> Decision:
    decision = decide(state, command, stamp(3))
    assert decision.outcome.error is None
    return decision


def talked() -> Conversation:
    state = done(done(None, start(ALICE)).state, say(BOB)).state
    assert state is not None
    return state


def test_neither_writes_while_one_blocks() -> None:
    blocked = done(talked(), block()).state
    assert blocked is not None

    for sender in (ALICE, BOB):
        assert decide(blocked, say(sender), stamp(4)).outcome.error is ErrorCode.FORBIDDEN
    for change in (edit(1, sender=BOB), react(1, sender=BOB)):
        command = change.model_copy(update={"conversation": TWO})
        assert decide(blocked, command, stamp(4), blocked.last_message).outcome.error is ErrorCode.FORBIDDEN
    own = delete(1, sender=BOB).model_copy(update={"conversation": TWO})
    assert decide(blocked, own, stamp(4), blocked.last_message).outcome.error is None
    again = done(blocked, block(on=False)).state
    assert done(again, say(BOB)).message is not None


def test_it_takes_no_number_and_is_told_to_nobody_else() -> None:
    before = talked()

    decision = done(before, block())

    assert decision.state is not None
    assert (decision.state.seq, decision.state.rev, decision.message) == (before.seq, before.rev, None)
    assert decision.outcome.addressees == (ALICE,)
    assert done(decision.state, block()).outcome.addressees == ()


def test_both_may_block_each_other() -> None:
    both = done(done(talked(), block()).state, block(BOB, ALICE)).state
    assert both is not None
    assert both.blocked_by == {ALICE, BOB}

    one = done(both, block(on=False)).state

    assert one is not None
    assert one.blocked_by == {BOB}
    assert decide(one, say(ALICE), stamp(4)).outcome.error is ErrorCode.FORBIDDEN


def test_a_conversation_that_begins_with_a_block_is_hidden_from_the_other() -> None:
    decision = done(None, block())

    assert decision.state is not None
    assert set(decision.state.members) == {ALICE, BOB}
    assert decision.outcome.addressees == (ALICE,)
    assert hides(decision.state, BOB)
    assert not hides(decision.state, ALICE)
    assert decide(decision.state, start(BOB), stamp(4)).outcome.error is ErrorCode.FORBIDDEN
    assert decide(decision.state, start(ALICE), stamp(4)).outcome.error is None
    again = done(decision.state, block(on=False)).state
    assert again is not None
    assert not hides(again, BOB)


def test_unblocking_who_was_never_met_makes_nothing() -> None:
    assert done(None, block(on=False)).state is None


def test_one_blocks_in_ones_own_conversation_only() -> None:
    for command in (block(CAROL, BOB), block(CAROL, ALICE), block(ALICE, CAROL)):
        assert decide(talked(), command, stamp(4)).outcome.error is ErrorCode.NOT_FOUND
