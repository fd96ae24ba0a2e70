"""What the server shows of users, conversations and messages. Fields that a newer server adds are ignored."""

from pydantic import AwareDatetime, Field

from schemas.base import Consumed


class User(Consumed):
    id: str
    username: str
    name: str | None = None
    lastname: str | None = None
    picture: str | None = None
    """The media id of the picture."""


class SystemEvent(Consumed):
    """What happened, of which a system message tells: `by` did it, to `user` where it concerns one."""

    type: str
    by: str
    user: str | None = None
    role: str | None = None
    successor: str | None = None
    fields: tuple[str, ...] = ()
    name: str | None = None


class Message(Consumed):
    """One message in the state of its latest change.

    Within an epoch, `seq` numbers a conversation's messages and `rev` its changes, both from 1 without gaps.
    """

    conversation: str
    epoch: str
    seq: int
    rev: int
    kind: str = "text"
    sender: str
    client_id: str
    cause: str | None = None
    event: SystemEvent | None = None
    text: str | None = None
    media: tuple[str, ...] = ()
    reply_to: int | None = None
    mentions: tuple[str, ...] = ()
    reactions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sent_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None


class Member(Consumed):
    user: str
    username: str = ""
    name: str | None = None
    picture: str | None = None
    role: str = "member"
    delivered: int = 0
    read: int = 0


class Summary(Consumed):
    """A conversation as its list shows it; `rev` is its latest change, `members` are the first 50."""

    id: str
    kind: str
    name: str | None = None
    description: str | None = None
    epoch: str
    seq: int
    rev: int
    members: tuple[Member, ...] = ()
    member_count: int = 0
    last_message: Message | None = None
    last_message_status: str | None = None
    """Of one's own last message: sent, delivered or read."""
    unread: int = 0
    marked_unread: bool = False
    muted: bool = False
    muted_until: AwareDatetime | None = None
    blocked: bool = False
    created_at: AwareDatetime
    updated_at: AwareDatetime


class OpenedConversation(Summary):
    """A conversation with its newest messages, ascending by seq; `more`: there are older ones."""

    messages: tuple[Message, ...] = ()
    more: bool = False


class Hit(Consumed):
    """A message that was found; `highlights` are [start, end) in characters of its text."""

    message: Message
    highlights: tuple[tuple[int, int], ...] = ()


class Preview(Consumed):
    type: str
    size: int
    width: int | None = None
    height: int | None = None


class Media(Consumed):
    """An uploaded file; `size` in bytes, `width` and `height` in pixels, for images."""

    id: str
    uploader: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    thumbnail: Preview | None = None
    created_at: AwareDatetime


class ErrorBody(Consumed):
    code: str
    message: str = ""
    retry: bool = False
    retry_after: float | None = None
