"""Who is told, elsewhere than in the app, of a message; and what is kept about having told him."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.conversation import Conversation
from schemas.ids import message_id
from schemas.messages import ConversationKind, Message, MessageKind
from schemas.preferences import Notifications, Preferences


class Channel(StrEnum):
    PUSH = "push"
    EMAIL = "email"


class Skip(StrEnum):
    """Why somebody is not told."""

    GONE = "gone"
    """The message is deleted, or the conversation is."""
    NOT_A_MEMBER = "not_a_member"
    OWN = "own"
    SYSTEM = "system"
    EPHEMERAL = "ephemeral"
    DELIVERED = "delivered"
    MUTED = "muted"
    BLOCKED = "blocked"
    PREFERENCE = "preference"


@dataclass(frozen=True, slots=True)
class Listener:
    """How a user stands to a conversation now."""

    reached: int
    """The seq up to which it reached him: what was delivered, or for a digest what he has read."""
    preferences: Preferences
    muted: bool = False


def skipped(user: str, message: Message | None, conversation: Conversation | None, listener: Listener) -> Skip | None:
    """Why this user is not told of this message, both as they are now; None when he is."""
    if conversation is None or message is None or message.deleted_at is not None:
        return Skip.GONE
    return _not_his(user, message, conversation) or _unwanted(user, message, listener)


def _not_his(user: str, message: Message, conversation: Conversation) -> Skip | None:
    if conversation.kind is ConversationKind.EPHEMERAL:
        return Skip.EPHEMERAL
    if message.kind is not MessageKind.TEXT:
        return Skip.SYSTEM
    if user == message.sender:
        return Skip.OWN
    if user not in conversation.members:
        return Skip.NOT_A_MEMBER
    return Skip.BLOCKED if conversation.blocked_by else None


def _unwanted(user: str, message: Message, listener: Listener) -> Skip | None:
    if listener.reached >= message.seq:
        return Skip.DELIVERED
    if listener.muted:
        return Skip.MUTED
    wanted = listener.preferences.notifications
    if wanted is Notifications.ALL or (wanted is Notifications.MENTIONS and user in message.mentions):
        return None
    return Skip.PREFERENCE


@dataclass(frozen=True, slots=True)
class Origin:
    """The record of `events` that told of a message."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Notification:
    """One message, for one user, by one way: made once for ever, however often its event comes."""

    conversation: str
    seq: int
    user: str
    channel: Channel
    subscription: str
    """Of Web Push; empty for e-mail."""
    host: str
    """Of the subscription's endpoint; empty for e-mail."""
    at: datetime
    """When the event was recorded: what is too old is dropped."""
    origin: Origin

    @property
    def id(self) -> str:
        return f"{message_id(self.conversation, self.seq)}/{self.user}/{self.channel}/{self.subscription}"

    @property
    def topic(self) -> str:
        """By which a receiver collapses repetitions: the `Topic` of Web Push, 32 characters (RFC 8030 section 5.4)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.id.encode()).digest()[:24]).decode()


class Settled(StrEnum):
    """What became of a notification."""

    SENT = "sent"
    DROPPED = "dropped"
    """There was nothing to be told any more, or nobody to tell."""
    FAILED = "failed"
    """It could not be sent and is in the dead letters."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A notification that is this process's to send until its lease ends."""

    notification: Notification
    holder: str
    attempts: int
    """This one included."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A user's next e-mail, whose time has come."""

    user: str
    number: int
    """Counts his digests: whoever has an earlier one still in hand does nothing to this."""
    scheduled: int
    """How often it was asked for when it was claimed: whatever asks later is for the next one."""
    attempts: int
