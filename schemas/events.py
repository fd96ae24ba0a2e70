"""What has happened, as it stands in `events`: past tense, JSON, keyed by conversation."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import QUIET, Consumed
from schemas.ids import ConversationId, UserId
from schemas.messages import Message
from schemas.times import Instant

SCHEMA_NAME = "event"
SCHEMA_VERSION = 1


class _Event(Consumed):
    event_id: str
    """The same for every repetition of one event: the key of the command that caused it."""
    conversation: ConversationId
    at: Instant


class ConversationCreated(_Event):
    type: Literal["conversation_created"] = "conversation_created"
    by: UserId
    members: tuple[UserId, ...]


class ConversationEnded(_Event):
    """A group was deleted, or left by its last member, or an ephemeral chat ended. `members` were in it to the end."""

    type: Literal["conversation_ended"] = "conversation_ended"
    by: UserId
    members: tuple[UserId, ...]


class MessageStored(_Event):
    """A message, or a system message: what happened to the members is one too, told to whom it put out as well."""

    type: Literal["message_stored"] = "message_stored"
    message: Message
    members: tuple[UserId, ...]


class MessageChanged(_Event):
    """A message was edited, deleted or reacted to; told again, it may show a later change too."""

    type: Literal["message_changed"] = "message_changed"
    change: Literal["edit", "delete", "react"]
    by: UserId
    message: Message
    members: tuple[UserId, ...]


Event = ConversationCreated | ConversationEnded | MessageStored | MessageChanged
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")], config=QUIET)
