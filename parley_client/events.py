"""What the client tells its application, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from parley_client.models import ErrorBody, Message, Summary, User


class SendState(StrEnum):
    """How far a command has come; it only ever moves forward."""

    SENDING = "sending"
    """No answer yet."""
    ACCEPTED = "accepted"
    """The server has it durably: it will be stored or rejected, never lost."""
    SENT = "sent"
    """Stored: it has its number."""
    DELIVERED = "delivered"
    """Every other member has it."""
    READ = "read"
    """Every other member has read it."""
    REJECTED = "rejected"

    @property
    def is_stored(self) -> bool:
        return self in (SendState.SENT, SendState.DELIVERED, SendState.READ)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A command of one's own, most often a message, and what has become of it so far."""

    id: str
    conversation: str
    text: str | None
    kind: str = "message"
    """Or what is done to a message: `edit`, `delete`, `react`."""
    state: SendState = SendState.SENDING
    at: datetime | None = None
    """When the server accepted it."""
    seq: int | None = None
    rev: int | None = None
    error: ErrorBody | None = None


@dataclass(frozen=True, slots=True)
class Connecting:
    url: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is up, and what was missed follows. `more`: there are conversations beyond those announced."""

    user: User
    edge: str
    session: str
    online: tuple[str, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The socket is down. The client tries again in `retry_in` seconds; None: it has stopped for good."""

    reason: str
    retry_in: float | None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """A conversation appeared or changed."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A new message, or a new state of an old one: each (conversation, rev) once, in rev order."""

    message: Message


@dataclass(frozen=True, slots=True)
class ConversationReset:
    """What the application holds of this conversation is void: events go on above `rev`, what is below is history to
    be read anew."""

    conversation: str
    epoch: str
    rev: int


@dataclass(frozen=True, slots=True)
class ConversationGone:
    """The conversation is not this user's any more: `removed`, `left`, `deleted` or `ended`."""

    conversation: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChatEnded:
    """The ephemeral chat is over, and the client stops. `by`: the name of whoever ended it, or why it ended by itself:
    `inactivity`, `expired`."""

    conversation: str
    by: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """In an ephemeral chat: `peer_joined`, `peer_left`, `wrong_code_tried`, or `inactivity_soon` (it ends `at` that
    time)."""

    conversation: str
    code: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SendChanged:
    sent: SentMessage


@dataclass(frozen=True, slots=True)
class ReceiptChanged:
    """A member has got or read more: both seqs only ever grow. Of one's own user: on another device."""

    conversation: str
    user: str
    delivered: int
    read: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """Another member began to type, or stopped, or nothing more was heard of it."""

    conversation: str
    user: str
    on: bool


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """Somebody who shares a conversation came online or went offline. `last_online`: since when, or until when.
    `Connected` says who is online to begin with."""

    user: str
    online: bool
    last_online: datetime | None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The sign-in was revoked; the client stops."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The server reports an error, of the command or question `id` where there is one. It is no outcome."""

    error: ErrorBody
    id: str | None


@dataclass(frozen=True, slots=True)
class Pushed:
    """Any other push, as it came."""

    frame: Mapping[str, Any]


Event = (
    Connecting
    | Connected
    | Disconnected
    | ConversationChanged
    | MessageChanged
    | ConversationReset
    | ConversationGone
    | ChatEnded
    | Noticed
    | SendChanged
    | ReceiptChanged
    | TypingChanged
    | StatusChanged
    | SignedOut
    | Failed
    | Pushed
)
