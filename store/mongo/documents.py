"""How messages, conversations, members and outcomes stand in their collections.

Fields without a value are left out of messages: most have none. What a newer version added is passed over.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.conversation import Applied, Conversation, Departure, Leaving, Made, Member, Outcome
from schemas.errors import ErrorCode
from schemas.ids import command_key
from schemas.messages import ConversationKind, Message, Role

Document = dict[str, Any]

_MESSAGE_FIELDS = tuple(Message.model_fields)


def message_key(conversation: str, seq: int) -> str:
    """A message's `_id`: seqs in ten digits sort as text as they do as numbers, so that a stretch of a conversation's
    history is one range of the index that every collection has anyway."""
    return f"{conversation}.{seq:010d}"


def message_content(message: Message) -> Document:
    """A message as it stands within its conversation's head."""
    document: Document = {
        "conversation": message.conversation,
        "epoch": message.epoch,
        "seq": message.seq,
        "rev": message.rev,
        "kind": message.kind.value,
        "sender": message.sender,
        "client_id": message.client_id,
        "sent_at": message.sent_at,
    }
    document.update((name, value) for name, value in _optional(message) if value)
    return document


def message_change(message: Message) -> Document:
    """The update that brings a stored message to this state; the rev it was made at stays."""
    absent = {name: "" for name, value in _optional(message) if not value}
    return {"$set": message_content(message)} | ({"$unset": absent} if absent else {})


def _optional(message: Message) -> Iterable[tuple[str, object]]:
    return (
        ("cause", message.cause),
        ("event", None if message.event is None else message.event.model_dump(mode="json")),
        ("text", message.text),
        ("media", message.media),
        ("reply_to", message.reply_to),
        ("mentions", message.mentions),
        ("reactions", message.reactions),
        ("edited_at", message.edited_at),
        ("deleted_at", message.deleted_at),
    )


def message_document(message: Message, made_rev: int) -> Document:
    """A new message. `made_rev` is the rev of the command that made it, whatever has changed it since."""
    document = message_content(message)
    document["_id"] = message_key(message.conversation, message.seq)
    document["made_rev"] = made_rev
    document["key"] = command_key(message.conversation, message.sender, message.client_id)
    return document


def message_from(document: Mapping[str, Any]) -> Message:
    return Message.model_validate({name: document[name] for name in _MESSAGE_FIELDS if name in document})


def made_from(document: Mapping[str, Any]) -> Made:
    return Made(message_from(document), document["made_rev"])


def conversation_document(state: Conversation) -> Document:
    return {
        "_id": state.id,
        "kind": state.kind.value,
        "epoch": state.epoch,
        "created_at": state.created_at,
        **conversation_head(state),
    }


def conversation_head(state: Conversation) -> Document:
    """All of a conversation's document that a change may change."""
    return {
        "name": state.name,
        "description": state.description,
        "seq": state.seq,
        "rev": state.rev,
        "applied": {"generation": state.applied.generation, "offset": state.applied.offset},
        "member_count": len(state.members),
        "last_message": None if state.last_message is None else message_content(state.last_message),
        "updated_at": state.updated_at,
        "password": state.password,
        "blocked_by": sorted(state.blocked_by),
        **_ending(state),
    }


def _ending(state: Conversation) -> Document:
    if state.ended_at is None:
        return {}
    by = {} if state.ended_by is None else {"ended_by": state.ended_by}
    return {"ended_at": state.ended_at, "destroy_after": state.ended_at, **by}


def last_message_from(conversation: Mapping[str, Any]) -> Message | None:
    found = conversation["last_message"]
    return None if found is None else message_from(found)


def conversation_from(document: Mapping[str, Any], members: Iterable[Mapping[str, Any]]) -> Conversation:
    """`members` are those of this conversation, present and former."""
    rows = tuple(members)
    return Conversation(
        id=document["_id"],
        kind=ConversationKind(document["kind"]),
        name=document["name"],
        description=document["description"],
        epoch=document["epoch"],
        seq=document["seq"],
        rev=document["rev"],
        applied=Applied(document["applied"]["generation"], document["applied"]["offset"]),
        members={row["user"]: _member_from(row) for row in rows if row["left_rev"] is None},
        former={row["user"]: _member_from(row) for row in rows if row["left_rev"] is not None},
        last_message=last_message_from(document),
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        password=document.get("password"),
        blocked_by=frozenset(document.get("blocked_by", ())),
        ended_at=document.get("ended_at"),
        ended_by=document.get("ended_by"),
    )


def member_key(conversation: str, user: str) -> str:
    return f"{conversation}/{user}"


def member_document(conversation: str, member: Member) -> Document:
    return {
        "_id": member_key(conversation, member.user),
        "conversation": conversation,
        "user": member.user,
        "role": member.role.value,
        "joined_rev": member.joined_rev,
        "joined_at": member.joined_at,
        "joined_by": member.joined_by,
        **_departure_fields(member.left),
    }


def _departure_fields(left: Departure | None) -> Document:
    if left is None:
        return {"left_rev": None}
    return {"left_rev": left.rev, "left_at": left.at, "left_by": left.by, "left_how": left.how.value}


def _member_from(row: Mapping[str, Any]) -> Member:
    return Member(
        row["user"], Role(row["role"]), row["joined_rev"], row["joined_at"], row.get("joined_by"), _departure_from(row)
    )


def _departure_from(row: Mapping[str, Any]) -> Departure | None:
    if row["left_rev"] is None:
        return None
    return Departure(row["left_rev"], row["left_at"], row["left_by"], Leaving(row["left_how"]))


def outcome_document(outcome: Outcome) -> Document:
    return {
        "_id": outcome.key,
        "conversation": outcome.conversation,
        "sender": outcome.sender,
        "client_id": outcome.client_id,
        "seq": outcome.seq,
        "rev": outcome.rev,
        "addressees": list(outcome.addressees),
        "at": outcome.at,
        "error": None if outcome.error is None else outcome.error.value,
    }


def outcome_from(document: Mapping[str, Any]) -> Outcome:
    error = document["error"]
    return Outcome(
        conversation=document["conversation"],
        sender=document["sender"],
        client_id=document["client_id"],
        seq=document["seq"],
        rev=document["rev"],
        addressees=tuple(document["addressees"]),
        at=document["at"],
        error=None if error is None else ErrorCode(error),
    )
