"""What users ask for, as it stands in their own topics and in `conversations`: imperative, JSON, one record each."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import QUIET, Consumed
from schemas.ids import ClientId, ConversationId, UserId
from schemas.messages import ConversationKind

SCHEMA_NAME = "command"
SCHEMA_VERSION = 1


class _Command(Consumed):
    conversation: ConversationId
    sender: UserId
    client_id: ClientId


class SendMessage(_Command):
    """Say something in a conversation."""

    type: Literal["message"] = "message"
    text: str | None = None
    media: tuple[str, ...] = ()
    reply_to: int | None = None
    mentions: tuple[UserId, ...] = ()


class CreateConversation(_Command):
    """Begin a conversation. `members` names everyone, the sender included; a direct one has exactly two.

    `epoch` is drawn by whoever asks, so that deciding stays a pure function of the record.
    """

    type: Literal["create"] = "create"
    kind: Literal[ConversationKind.DIRECT, ConversationKind.GROUP]
    epoch: str
    members: tuple[UserId, ...]
    name: str | None = None
    description: str | None = None


class EditMessage(_Command):
    """Replace the text of a message of one's own."""

    type: Literal["edit"] = "edit"
    seq: int
    text: str


class DeleteMessage(_Command):
    """Leave a tombstone of a message: one's own, or, to an admin of a group, anyone's."""

    type: Literal["delete"] = "delete"
    seq: int


class React(_Command):
    """Put one's reaction to a message, or take it away."""

    type: Literal["react"] = "react"
    seq: int
    emoji: str
    on: bool


ChangeMessage = EditMessage | DeleteMessage | React
"""What changes a message that is there already: it keeps its seq, and takes a new rev."""

Command = SendMessage | ChangeMessage | CreateConversation
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")], config=QUIET)
