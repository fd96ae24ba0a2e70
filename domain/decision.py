"""What a command is decided from and to, and the ways in which every decision ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.conversation import Applied, Conversation, Made, Member, Outcome
from schemas.commands import Command
from schemas.errors import ErrorCode
from schemas.messages import Message


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record's own facts: its place in the log and the time of the command's first append, never the wall clock."""

    place: Applied
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` is the conversation afterwards, None when there is none. A refusal changes nothing but `applied`."""

    state: Conversation | None
    outcome: Outcome
    message: Message | None = None
    """The message it made or changed. One without a cause is new."""
    members: tuple[Member, ...] = ()
    """Those whose membership is new or changed."""


def repeat(state: Conversation | None, outcome: Outcome, stamp: Stamp) -> Decision:
    """A command that has an outcome keeps it, and takes no number."""
    return Decision(seen(state, stamp), outcome)


def refuse(state: Conversation | None, command: Command, stamp: Stamp, code: ErrorCode) -> Decision:
    outcome = Outcome(command.conversation, command.sender, command.client_id, 0, 0, (), stamp.sent_at, error=code)
    return Decision(seen(state, stamp), outcome)


def outcome_of(made: Made, members: tuple[str, ...]) -> Outcome:
    """The outcome of the command that made a message: the members are told, and whom it put out."""
    message = made.message
    leaver = None if message.event is None else message.event.leaver
    told = members if leaver is None or leaver in members else (*members, leaver)
    return Outcome(
        message.conversation, message.sender, message.client_id, message.seq, made.rev, told, message.sent_at
    )


def outcome_at(command: Command, stamp: Stamp, seq: int, rev: int, addressees: tuple[str, ...] = ()) -> Outcome:
    """The outcome of a command that was carried out and made no message."""
    return Outcome(command.conversation, command.sender, command.client_id, seq, rev, addressees, stamp.sent_at)


def appended(state: Conversation, message: Message, stamp: Stamp, members: tuple[Member, ...] = ()) -> Decision:
    """The conversation with this message at its end, which takes its next seq and rev."""
    after = replace(
        state,
        seq=message.seq,
        rev=message.rev,
        applied=stamp.place,
        last_message=message,
        updated_at=max(state.updated_at, stamp.sent_at),
    )
    return Decision(after, outcome_of(Made(message, message.rev), tuple(state.members)), message, members)


def unchanged(state: Conversation, command: Command, stamp: Stamp) -> Decision:
    """It is done already: nothing changes, and nobody is told but the sender."""
    return Decision(seen(state, stamp), outcome_at(command, stamp, state.seq, state.rev))


def seen(state: Conversation | None, stamp: Stamp) -> Conversation | None:
    """The conversation past this record, and else as it was."""
    return None if state is None else replace(state, applied=stamp.place)


def membership_error(state: Conversation | None, user: str) -> ErrorCode | None:
    """Why a user may not act in a conversation. To strangers it does not exist."""
    if state is None:
        return ErrorCode.NOT_FOUND
    if user in state.members:
        return None
    left = None if user not in state.former else state.former[user].left
    if left is None:
        return ErrorCode.NOT_FOUND
    return ErrorCode.CONVERSATION_ENDED if left.how.with_the_conversation else ErrorCode.NOT_A_MEMBER
