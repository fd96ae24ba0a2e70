"""Saying something in a conversation, and changing what was said."""

from collections.abc import Mapping
from dataclasses import replace

from domain.conversation import Conversation
from domain.decision import Decision, Stamp, appended, membership_error, outcome_at, refuse, seen
from schemas.commands import ChangeMessage, DeleteMessage, EditMessage, React, SendMessage
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Message, MessageKind, Role

MAX_REACTIONS = 20
"""Different emoji on one message."""


def send(state: Conversation | None, command: SendMessage, stamp: Stamp) -> Decision:
    error = membership_error(state, command.sender)
    if state is None or error is not None:
        return refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    if state.blocked_by:
        return refuse(state, command, stamp, ErrorCode.FORBIDDEN)
    if command.reply_to is not None and command.reply_to > state.seq:
        return refuse(state, command, stamp, ErrorCode.NOT_FOUND)
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
    return appended(state, message, stamp)


def change(state: Conversation | None, command: ChangeMessage, stamp: Stamp, message: Message | None) -> Decision:
    """Edit, delete or react to `message`, the one that the command names; None: there is no such message.

    What changes nothing (a deletion of what is deleted, a reaction that is there) is done, and takes no number.
    """
    error = membership_error(state, command.sender)
    if state is None or error is not None:
        return refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    if message is None:
        return refuse(state, command, stamp, ErrorCode.NOT_FOUND)
    error = _right_error(state, command, message)
    if error is not None:
        return refuse(state, command, stamp, error)
    changed = _changed(command, stamp, message)
    if changed is message:
        return Decision(seen(state, stamp), outcome_at(command, stamp, message.seq, message.rev))
    return _store(state, command, stamp, changed)


def _right_error(state: Conversation, command: ChangeMessage, message: Message) -> ErrorCode | None:
    """Why this user may not do this to this message."""
    if message.kind is not MessageKind.TEXT:
        return ErrorCode.FORBIDDEN
    if state.blocked_by and not isinstance(command, DeleteMessage):
        return ErrorCode.FORBIDDEN
    match command:
        case EditMessage() if message.sender != command.sender:
            return ErrorCode.FORBIDDEN
        case DeleteMessage():
            may = message.sender == command.sender or _moderates(state, command.sender)
            return None if may else ErrorCode.FORBIDDEN
        case React() if _is_one_too_many(command, message):
            return ErrorCode.TOO_LARGE
    return None if message.deleted_at is None else ErrorCode.CONFLICT


def _moderates(state: Conversation, user: str) -> bool:
    return state.kind is ConversationKind.GROUP and state.members[user].role is Role.ADMIN


def _is_one_too_many(command: React, message: Message) -> bool:
    return command.on and command.emoji not in message.reactions and len(message.reactions) >= MAX_REACTIONS


def _changed(command: ChangeMessage, stamp: Stamp, message: Message) -> Message:
    """The message afterwards, still with its old numbers; itself when nothing changes."""
    match command:
        case EditMessage():
            return message.model_copy(update={"text": command.text, "edited_at": stamp.sent_at})
        case DeleteMessage():
            return message if message.deleted_at is not None else _tombstone(message, stamp)
        case React():
            reactions = _reactions(message.reactions, command)
            return message if reactions == message.reactions else message.model_copy(update={"reactions": reactions})


def _tombstone(message: Message, stamp: Stamp) -> Message:
    """What stays of a deleted message: that there was one, whose and when."""
    content: dict[str, object]
    content = {"text": None, "media": (), "reply_to": None, "mentions": (), "reactions": {}, "edited_at": None}
    return message.model_copy(update={**content, "deleted_at": stamp.sent_at})


def _reactions(before: Mapping[str, tuple[str, ...]], command: React) -> dict[str, tuple[str, ...]]:
    others = tuple(user for user in before.get(command.emoji, ()) if user != command.sender)
    if command.on and command.sender in before.get(command.emoji, ()):
        return dict(before)
    users = (*others, command.sender) if command.on else others
    after = {**before, command.emoji: users}
    return {emoji: found for emoji, found in after.items() if found}


def _store(state: Conversation, command: ChangeMessage, stamp: Stamp, changed: Message) -> Decision:
    message = changed.model_copy(update={"rev": state.rev + 1, "cause": command.client_id})
    last = state.last_message
    after = replace(
        state,
        rev=message.rev,
        applied=stamp.place,
        last_message=message if last is not None and last.seq == message.seq else last,
        updated_at=max(state.updated_at, stamp.sent_at),
    )
    return Decision(after, outcome_at(command, stamp, message.seq, message.rev, tuple(state.members)), message)
