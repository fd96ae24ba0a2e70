"""How conversations end: groups that are deleted, ephemeral chats that somebody ends or whose time has come."""

from dataclasses import replace

from domain.conversation import Conversation, Departure, Leaving
from domain.decision import Decision, Stamp, membership_error, outcome_at, refuse, unchanged
from schemas.commands import Command, EndingCommand, ExpireChat
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind


def end(state: Conversation, command: Command, stamp: Stamp, how: Leaving, ended_by: str | None = None) -> Decision:
    """Leave a tombstone: numbers, but neither names nor content, and nobody who may do anything."""
    departure = Departure(state.rev, stamp.sent_at, command.sender, how)
    gone = tuple(replace(member, left=departure) for member in state.members.values())
    after = replace(
        state,
        applied=stamp.place,
        name=None,
        description=None,
        password=None,
        members={},
        former={**state.former, **{member.user: member for member in gone}},
        last_message=None,
        updated_at=max(state.updated_at, stamp.sent_at),
        ended_at=stamp.sent_at,
        ended_by=ended_by,
    )
    return Decision(after, outcome_at(command, stamp, state.seq, state.rev, tuple(state.members)), members=gone)


def finish(state: Conversation | None, command: EndingCommand, stamp: Stamp) -> Decision:
    """An ephemeral chat ends once: whichever end comes first in the order of its commands says who ended it."""
    if isinstance(command, ExpireChat):
        return _expire(state, command, stamp)
    error = membership_error(state, command.sender)
    if state is None or error is not None:
        return refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    if state.kind is not ConversationKind.EPHEMERAL:
        return refuse(state, command, stamp, ErrorCode.FORBIDDEN)
    return end(state, command, stamp, Leaving.ENDED, ended_by=command.sender)


def _expire(state: Conversation | None, command: ExpireChat, stamp: Stamp) -> Decision:
    if state is None:
        return end(_never_begun(command, stamp), command, stamp, Leaving.ENDED, ended_by=command.reason)
    if state.kind is not ConversationKind.EPHEMERAL:
        return refuse(state, command, stamp, ErrorCode.FORBIDDEN)
    if state.ended_at is not None:
        return unchanged(state, command, stamp)
    if command.seen_rev is not None and command.seen_rev != state.rev:
        return refuse(state, command, stamp, ErrorCode.CONFLICT)
    return end(state, command, stamp, Leaving.ENDED, ended_by=command.reason)


def _never_begun(command: ExpireChat, stamp: Stamp) -> Conversation:
    """In the place of a chat whose beginning is late or lost: there its id is taken for ever."""
    return Conversation(
        id=command.conversation,
        kind=ConversationKind.EPHEMERAL,
        name=None,
        description=None,
        epoch="",
        seq=0,
        rev=0,
        applied=stamp.place,
        members={},
        former={},
        last_message=None,
        created_at=stamp.sent_at,
        updated_at=stamp.sent_at,
    )
