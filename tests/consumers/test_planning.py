"""A batch, planned: numbers without gaps, each command one outcome, what was applied only told again."""

from dataclasses import replace

from bus.ports import Record
from consumers.writer.planning import plan, skip, touched
from consumers.writer.records import Submission
from domain.conversation import Applied, Made, Outcome
from schemas.commands import Command, EndChat
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Message
from tests.making import ALICE, BOB, CAROL, NOW, conversation, conversation_id, create, delete, edit, send, stamp


def submission(command: Command, offset: int) -> Submission:
    record = Record("conversations", 0, offset, 0, command.conversation.encode(), b"", ())
    return Submission(command, stamp(offset), None, None, record)


def test_one_batch_creates_and_fills_a_conversation() -> None:
    batch = [submission(create(), 0), submission(send("m1"), 1), submission(send("m2", BOB), 2)]

    planned = plan(batch, {}, {}, {})

    (change,) = planned.batch.changes
    assert change.before is None
    assert [message.seq for message in change.messages] == [1, 2]
    assert [message.rev for message in change.messages] == [1, 2]
    assert {member.user for member in change.members} == {ALICE, BOB}
    assert change.after.applied == Applied(1, 2)
    assert [outcome.client_id for outcome in planned.batch.outcomes] == ["create"]


def test_a_retry_within_one_batch_takes_no_number() -> None:
    batch = [submission(send("m1"), 1), submission(send("m1"), 2), submission(send("m2"), 3)]

    planned = plan(batch, {conversation_id(): conversation()}, {}, {})

    assert [message.client_id for message in planned.batch.changes[0].messages] == ["m1", "m2"]
    assert [(one.outcome.seq, one.to_members) for one in planned.told] == [(1, True), (1, False), (2, True)]
    assert planned.batch.changes[0].after.applied == Applied(1, 3)


def _stored(client_id: str, seq: int) -> Message:
    return Message(
        conversation=conversation_id(), epoch="an-epoch", seq=seq, rev=seq, sender=ALICE, client_id=client_id,
        text="hello", sent_at=NOW,
    )  # fmt: skip


def test_what_is_applied_is_told_again_and_not_stored_again() -> None:
    state = conversation(seq=1, applied=Applied(1, 5))
    one = submission(send("m1"), 5)

    planned = plan([one], {state.id: state}, {one.key: Made(_stored("m1", 1), 1)}, {})

    assert planned.batch.is_empty
    assert [(told.outcome.seq, told.to_members) for told in planned.told] == [(1, True)]
    assert set(planned.told[0].outcome.addressees) == {ALICE, BOB}


def test_what_is_applied_comes_out_before_what_follows() -> None:
    state = conversation(seq=1, applied=Applied(1, 5))
    batch = [submission(send("m1"), 5), submission(send("m2"), 6)]

    planned = plan(batch, {state.id: state}, {batch[0].key: Made(_stored("m1", 1), 1)}, {})

    assert [told.outcome.seq for told in planned.told] == [1, 2]


def test_what_went_to_the_dead_letters_is_passed_over() -> None:
    state = conversation(seq=1, applied=Applied(1, 5))

    planned = plan([submission(send("poison"), 5)], {state.id: state}, {}, {})

    assert planned.batch.is_empty
    assert planned.told == ()


def test_a_refusal_is_kept_and_moves_applied() -> None:
    state = conversation()
    batch = [submission(send("m1", CAROL), 4)]

    planned = plan(batch, {state.id: state}, {}, {})

    assert planned.batch.outcomes[0].error is ErrorCode.NOT_FOUND
    assert planned.batch.changes[0].after.applied == Applied(1, 4)
    assert planned.batch.changes[0].messages == ()


def test_a_refused_command_stays_refused() -> None:
    state = conversation(members=(ALICE, BOB, CAROL))
    refused = Outcome(state.id, CAROL, "m1", 0, 0, (), NOW, error=ErrorCode.NOT_FOUND)
    batch = [submission(send("m1", CAROL), 4)]

    planned = plan(batch, {state.id: state}, {batch[0].key: refused}, {})

    assert planned.told[0].outcome.error is ErrorCode.NOT_FOUND
    assert planned.batch.outcomes == ()
    assert planned.batch.changes[0].messages == ()


def test_a_message_to_nowhere_is_refused_and_kept() -> None:
    planned = plan([submission(send(), 4)], {}, {}, {})

    assert planned.batch.changes == ()
    assert planned.batch.outcomes[0].error is ErrorCode.NOT_FOUND


def test_a_new_generation_of_the_topic_follows_the_old() -> None:
    state = conversation(seq=1, applied=Applied(1, 900))
    record = Record("conversations", 0, 3, 0, b"", b"", ())
    one = Submission(send("m2"), stamp(3, generation=2), None, None, record)

    planned = plan([one], {state.id: state}, {}, {})

    assert planned.batch.changes[0].after.applied == Applied(2, 3)
    assert [message.seq for message in planned.batch.changes[0].messages] == [2]


def test_skipping_moves_applied_and_leaves_no_outcome() -> None:
    state = conversation(applied=Applied(1, 3))

    batch = skip(submission(send(), 4), state)

    assert batch.changes[0].after.applied == Applied(1, 4)
    assert batch.outcomes == ()


def test_a_message_made_and_changed_in_one_batch_is_new_in_its_last_state() -> None:
    state = conversation()
    batch = [submission(send("m1"), 1), submission(edit(1), 2), submission(delete(1), 3)]

    planned = plan(batch, {state.id: state}, {}, {})

    (change,) = planned.batch.changes
    assert [(message.seq, message.rev, message.text) for message in change.messages] == [(1, 3, None)]
    assert change.made == {1: 1}
    assert [outcome.client_id for outcome in planned.batch.outcomes] == ["e1", "d1"]
    shown = [told.pushed for told in planned.told]
    assert [(message.rev, message.text) for message in shown if message is not None] == [
        (1, "hello"), (2, "better"), (3, None),
    ]  # fmt: skip


def test_an_edit_of_what_is_stored() -> None:
    state, stored = conversation(seq=1), _stored("m1", 1)
    batch = [submission(edit(1), 4)]

    planned = plan(batch, {state.id: state}, {}, {(state.id, 1): stored})

    (change,) = planned.batch.changes
    assert [(message.seq, message.rev, message.cause) for message in change.messages] == [(1, 2, "e1")]
    assert change.made == {}
    assert touched(batch) == {(state.id, 1)}


def test_a_change_told_again_shows_the_message_as_that_change_left_it() -> None:
    """The edit was stored and not told: the message still is as the edit left it."""
    state = replace(conversation(seq=1, applied=Applied(1, 5)), rev=2)
    edited = _stored("m1", 1).model_copy(update={"rev": 2, "cause": "e1"})
    made, one = submission(send("m1"), 4), submission(edit(1), 5)
    outcome = Outcome(state.id, ALICE, "e1", 1, 2, (ALICE, BOB), NOW)

    planned = plan(
        [made, one], {state.id: state}, {made.key: Made(edited, 1), one.key: outcome}, {(state.id, 1): edited}
    )

    assert [(told.outcome.seq, told.outcome.rev) for told in planned.told] == [(1, 1), (1, 2)]
    assert [told.pushed for told in planned.told] == [None, edited], "what was changed since is shown by that change"


def test_a_repeated_edit_is_answered_as_the_first_time() -> None:
    state = replace(conversation(seq=1, applied=Applied(1, 5)), rev=3)
    outcome = Outcome(state.id, ALICE, "e1", 1, 2, (ALICE, BOB), NOW)
    one = submission(edit(1), 9)

    planned = plan([one], {state.id: state}, {one.key: outcome}, {(state.id, 1): _stored("m1", 1)})

    assert [(told.outcome, told.pushed) for told in planned.told] == [(outcome, None)]
    assert planned.batch.outcomes == ()
    assert planned.batch.changes[0].after.rev == 3


def test_what_was_said_before_the_end_is_told_again_to_those_who_were_there() -> None:
    before = conversation(seq=1, applied=Applied(1, 5), kind=ConversationKind.EPHEMERAL)
    said, end = submission(send("m1"), 5), submission(_end(), 6)
    state = plan([end], {before.id: before}, {}, {}).states[before.id]
    known: dict[str, Outcome | Made]
    known = {said.key: Made(_stored("m1", 1), 1), end.key: Outcome(state.id, BOB, "end", 1, 1, (ALICE, BOB), NOW)}

    planned = plan([said, end], {state.id: state}, known, {})

    assert planned.batch.is_empty
    assert [set(told.outcome.addressees) for told in planned.told] == [{ALICE, BOB}] * 2
    assert planned.told[0].pushed is not None


def _end() -> EndChat:
    return EndChat(conversation=conversation_id(), sender=BOB, client_id="end")
