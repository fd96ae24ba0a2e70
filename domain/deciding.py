"""What becomes of a command: a pure function of the conversation's state and the record that carries it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.conversation import Applied, Conversation, Member, Outcome
from schemas.commands import Command, CreateConversation, SendMessage
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Message, Role


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
    joined: tuple[Member, ...] = ()


def decide(state: Conversation | None, command: Command, stamp: Stamp) -> Decision:
    """Decide a command that has no outcome yet."""
    if isinstance(command, CreateConversation):
        return _create(state, command, stamp)
    return _send(state, command, stamp)


def repeat(state: Conversation | None, outcome: Outcome, stamp: Stamp) -> Decision:
    """A command that has an outcome keeps it, and takes no number."""
    return Decision(_seen(state, stamp), outcome)


def outcome_of(message: Message, addressees: tuple[str, ...]) -> Outcome:
    """The outcome of the command that made a message."""
    return Outcome(
        message.conversation, message.sender, message.client_id, message.seq, message.rev, addressees, message.sent_at
    )


def _seen(state: Conversation | None, stamp: Stamp) -> Conversation | None:
    return None if state is None else replace(state, applied=stamp.place)


def _refuse(state: Conversation | None, command: Command, stamp: Stamp, code: ErrorCode) -> Decision:
    outcome = Outcome(command.conversation, command.sender, command.client_id, 0, 0, (), stamp.sent_at, error=code)
    return Decision(_seen(state, stamp), outcome)


def membership_error(state: Conversation | None, user: str) -> ErrorCode | None:
    """Why a user may not act in a conversation. To strangers it does not exist."""
    if state is None or (user not in state.members and user not in state.former):
        return ErrorCode.NOT_FOUND
    return None if user in state.members else ErrorCode.NOT_A_MEMBER


def _send(state: Conversation | None, command: SendMessage, stamp: Stamp) -> Decision:
    error = membership_error(state, command.sender)
    if state is None or error is not None:
        return _refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    if command.reply_to is not None and command.reply_to > state.seq:
        return _refuse(state, command, stamp, ErrorCode.NOT_FOUND)
    message = Message(
        conversation=state.id,
        epoch=state.epoch,
        seq=state.seq + 1,
        rev=state.rev + 1,
        sender=command.sender,
        client_id=command.client_id,
        text=command.text,
        media=command.media,
        reply_to=command.reply_to,
        mentions=tuple(user for user in command.mentions if user in state.members),
        sent_at=stamp.sent_at,
    )
    after = replace(
        state,
        seq=message.seq,
        rev=message.rev,
        applied=stamp.place,
        last_message=message,
        updated_at=max(state.updated_at, stamp.sent_at),
    )
    return Decision(after, outcome_of(message, tuple(state.members)), message)


def _create(state: Conversation | None, command: CreateConversation, stamp: Stamp) -> Decision:
    if state is not None:
        return _found(state, command, stamp)
    role = _role_in(command)
    joined = tuple(Member(user, role(user), 0, stamp.sent_at) for user in dict.fromkeys(command.members))
    created = Conversation(
        id=command.conversation,
        kind=command.kind,
        name=command.name,
        description=command.description,
        epoch=command.epoch,
        seq=0,
        rev=0,
        applied=stamp.place,
        members={member.user: member for member in joined},
        former=frozenset(),
        last_message=None,
        created_at=stamp.sent_at,
        updated_at=stamp.sent_at,
    )
    return Decision(created, _done(created, command, stamp, tuple(created.members)), joined=joined)


def _found(state: Conversation, command: CreateConversation, stamp: Stamp) -> Decision:
    """Two people who click at once get one chat; a group's id is nobody else's to take."""
    if command.kind is not ConversationKind.DIRECT or command.sender not in state.members:
        return _refuse(state, command, stamp, ErrorCode.CONFLICT)
    after = replace(state, applied=stamp.place)
    return Decision(after, _done(after, command, stamp, ()))


def _done(state: Conversation, command: Command, stamp: Stamp, addressees: tuple[str, ...]) -> Outcome:
    return Outcome(state.id, command.sender, command.client_id, state.seq, state.rev, addressees, stamp.sent_at)


def _role_in(command: CreateConversation) -> Callable[[str], Role]:
    """In a group its founder is the admin; two people who talk have no admin."""
    if command.kind is ConversationKind.DIRECT:
        return lambda _: Role.MEMBER
    return lambda user: Role.ADMIN if user == command.sender else Role.MEMBER
