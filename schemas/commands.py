"""What users ask for, as it stands in their own topics and in `conversations`: imperative, JSON, one record each."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import QUIET, Consumed
from schemas.ids import ClientId, ConversationId, UserId
from schemas.messages import ConversationKind, Role

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
    """Begin a conversation. `members` names everyone, the sender included; a direct or ephemeral one has exactly two.

    `epoch` is drawn by whoever asks, so that deciding stays a pure function of the record.
    """

    type: Literal["create"] = "create"
    kind: ConversationKind
    epoch: str
    members: tuple[UserId, ...]
    name: str | None = None
    description: str | None = None
    password: str | None = None
    """The version of the password by which others may join; the password itself never comes here."""


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


class AddMember(_Command):
    """Make a user a member of a group, as an admin."""

    type: Literal["add"] = "add"
    user: UserId


class RemoveMember(_Command):
    """Put a member out of a group, as an admin; oneself: leave."""

    type: Literal["remove"] = "remove"
    user: UserId


class JoinGroup(_Command):
    """Become a member of a group that has a password. `password` is the version of the one that was right."""

    type: Literal["join"] = "join"
    password: str


class LeaveGroup(_Command):
    """Be a member no more."""

    type: Literal["leave"] = "leave"


class SetRole(_Command):
    """Make a member an admin, or no admin any more, as an admin."""

    type: Literal["role"] = "role"
    user: UserId
    role: Role


class ChangeGroup(_Command):
    """Change what `fields` names of a group, as an admin. `password` is the version of the new one, None for none."""

    type: Literal["change"] = "change"
    fields: tuple[Literal["name", "description", "password"], ...]
    name: str | None = None
    description: str | None = None
    password: str | None = None


class DeleteGroup(_Command):
    """End a group for everybody, as an admin."""

    type: Literal["delete_group"] = "delete_group"


class Block(_Command):
    """Block the other one of a direct conversation, or stop doing so. It is made where there is none."""

    type: Literal["block"] = "block"
    user: UserId
    on: bool
    epoch: str


class EndChat(_Command):
    """End an ephemeral chat, as one of the two."""

    type: Literal["end"] = "end"


class ExpireChat(_Command):
    """End an ephemeral chat because its time has come. With `seen_rev`, only if nothing was said since that rev. One
    that never began can never begin afterwards."""

    type: Literal["expire"] = "expire"
    reason: Literal["inactivity", "expired"]
    seen_rev: int | None = None


EndingCommand = EndChat | ExpireChat

GroupCommand = AddMember | RemoveMember | JoinGroup | LeaveGroup | SetRole | ChangeGroup | DeleteGroup

Command = SendMessage | ChangeMessage | CreateConversation | GroupCommand | EndingCommand | Block
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")], config=QUIET)
