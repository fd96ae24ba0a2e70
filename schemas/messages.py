"""A message and a conversation's summary, as every client, topic and collection shows them."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Produced, absent
from schemas.ids import ConversationId, UserId
from schemas.receipts import MessageStatus
from schemas.times import Instant


class ConversationKind(StrEnum):
    DIRECT = "direct"
    GROUP = "group"
    EPHEMERAL = "ephemeral"


class MessageKind(StrEnum):
    TEXT = "text"
    SYSTEM = "system"


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


class SystemEvent(Produced):
    """What a system message says has happened: `by` did it, to `user` where it concerns one. Putting it into words is
    the client's.

    `joined` (by himself), `added`, `left`, `removed`, `role` (his new one), or `changed` (the group itself: `fields`
    names what, `name` is the new one). Where the last admin left, `successor` is the member who became admin.
    """

    type: Literal["joined", "added", "left", "removed", "role", "changed"]
    by: UserId
    user: UserId | None = absent()
    role: Role | None = absent()
    successor: UserId | None = absent()
    fields: tuple[Literal["name", "description", "password"], ...] | None = absent()
    name: str | None = absent()

    @property
    def leaver(self) -> str | None:
        """Who is no member any more because of it."""
        return self.user if self.type in ("left", "removed") else None

    @property
    def newcomer(self) -> str | None:
        """Who is a member because of it."""
        return self.user if self.type in ("joined", "added") else None


class Message(Produced):
    """One message in the state of its latest change.

    `seq` numbers messages, `rev` numbers changes of the conversation; both count from 1 without gaps within one
    `epoch`. `client_id` is the sender's own id of the command that made it, `cause` that of its latest change.
    """

    conversation: ConversationId
    epoch: str
    seq: int
    rev: int
    kind: MessageKind = MessageKind.TEXT
    sender: UserId
    client_id: str
    cause: str | None = absent()
    event: SystemEvent | None = absent()
    """Of a system message, which has neither text nor media."""
    text: str | None = None
    media: tuple[str, ...] = ()
    reply_to: int | None = None
    mentions: tuple[UserId, ...] = ()
    reactions: dict[str, tuple[UserId, ...]] = Field(default_factory=dict)
    sent_at: Instant
    edited_at: Instant | None = absent()
    deleted_at: Instant | None = absent()


class MemberView(Produced):
    """A member as others see him; `delivered` and `read` are seqs that only ever grow."""

    user: UserId
    username: str
    name: str | None = None
    picture: str | None = absent()
    """The media id of his picture."""
    role: Role
    delivered: int = 0
    read: int = 0


class Summary(Produced):
    """A conversation in one member's list. `members` holds the first 50, `member_count` says how many there are."""

    id: ConversationId
    kind: ConversationKind
    name: str | None
    description: str | None
    epoch: str
    seq: int
    rev: int
    members: tuple[MemberView, ...]
    member_count: int
    last_message: Message | None
    last_message_status: MessageStatus | None = absent()
    """When that is one's own: how far it has come with all others. Absent in groups of more than 500."""
    unread: int
    marked_unread: bool = False
    muted: bool = False
    muted_until: Instant | None = absent()
    """Absent when it is muted for good, or not at all."""
    blocked: bool = False
    created_at: Instant
    updated_at: Instant


class UserView(Produced):
    """A user's profile as others see it. `picture` is the media id of his picture."""

    id: UserId
    username: str
    name: str | None = None
    lastname: str | None = None
    picture: str | None = None
    created_at: Instant
