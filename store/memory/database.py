"""What the database holds, shared by the stores of all simulated processes. Nothing here waits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from domain.conversation import Conversation, Outcome
from domain.ephemeral import EphemeralChat
from domain.identity import User
from domain.media import Media, Variant
from domain.notifying import Notification
from domain.presence import Presence
from domain.push import PushSubscription
from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.messages import Message
from schemas.preferences import Preferences
from store import ports
from store.ports import EdgeLife, Login, Session


@dataclass(slots=True)
class Account:
    user: User
    folded: str
    password_hash: str
    preferences: Preferences = field(default_factory=Preferences)
    erased: bool = False
    erasing: bool = False
    chat: str | None = None
    """The ephemeral chat that he sits in."""

    @property
    def is_here(self) -> bool:
        """Whether he is found as a user."""
        return not self.erased and self.chat is None


class KeptPassword(NamedTuple):
    """A group's password hash, and when to look whether it is in force."""

    hash: str
    due_at: datetime


@dataclass(slots=True)
class Family:
    """A login, the token that may be used now, and the one before it."""

    login: Login
    previous: str | None = None


@dataclass(slots=True)
class LedgerEntry:
    """A notification, what became of it, and when somebody has to see to it."""

    notification: Notification
    state: str = "waiting"
    due_at: datetime | None = None
    holder: str | None = None
    attempts: int = 0


@dataclass(slots=True)
class Deadline:
    """A user's digests."""

    due_at: datetime | None = None
    last_at: datetime | None = None
    number: int = 0
    scheduled: int = 0
    attempts: int = 0


@dataclass(slots=True)
class Lease:
    life: EdgeLife
    counter: int = 0
    ended_at: datetime | None = None


@dataclass(slots=True)
class Seat:
    """A device's one socket, and those it replaced: by the id of the session that did it."""

    session: Session
    replaced: dict[str, Session] = field(default_factory=dict)


@dataclass(slots=True)
class UserTopicState:
    generation: int
    leased_until: datetime
    state: Literal["active", "retiring", "absent", "gone"] = "active"


@dataclass(slots=True)
class KeptMedia:
    media: Media
    contents: dict[Variant, bytes]
    due_at: datetime
    claims: dict[str, datetime] = field(default_factory=dict)
    """Command key → when it was claimed for it."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a secret was guessed at, and until when nobody may."""

    tries: int
    locked_until: datetime
    expires_at: datetime


@dataclass(slots=True)
class Timer:
    deadline: ports.Deadline
    holder: str | None = None
    held_until: datetime | None = None


@dataclass(slots=True)
class MemoryDatabase:
    """All collections. `now` is the database's own clock, aware and in UTC."""

    now: Callable[[], datetime]
    accounts: dict[str, Account] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Folded username → user."""
    families: dict[str, Family] = field(default_factory=dict)
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Hash of every token there was → its login, and when it expires."""
    push_subscriptions: dict[str, PushSubscription] = field(default_factory=dict)
    ledger: dict[str, LedgerEntry] = field(default_factory=dict)
    digests: dict[str, Deadline] = field(default_factory=dict)
    ended_logins: dict[str, str] = field(default_factory=dict)
    """Login → its user."""
    seats: dict[tuple[str, str], Seat] = field(default_factory=dict)
    """(User, device) → its socket."""
    leases: dict[str, Lease] = field(default_factory=dict)
    user_topics: dict[str, UserTopicState] = field(default_factory=dict)
    router_positions: dict[str, int] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, dict[int, Message]] = field(default_factory=dict)
    """Conversation → seq → message."""
    commands: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """Command key → conversation and seq of the message it made, and the rev it made it at."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    chats: dict[str, EphemeralChat] = field(default_factory=dict)
    group_passwords: dict[tuple[str, str], KeptPassword] = field(default_factory=dict)
    """(Conversation, version) → hash."""
    attempts: dict[str, Tries] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)
    """Conversations of which only a tombstone is left."""
    cursors: dict[Reader, MemberCursor] = field(default_factory=dict)
    receipts: dict[RowKey, ReceiptRow] = field(default_factory=dict)
    receipt_watermarks: dict[int, datetime] = field(default_factory=dict)
    """Partition of `receipts` → until when it is processed."""
    media: dict[str, KeptMedia] = field(default_factory=dict)
    presences: dict[str, Presence] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    muted_until: dict[Reader, datetime] = field(default_factory=dict)
    marked_unread: set[Reader] = field(default_factory=set)
    indexed: dict[tuple[str, int], Message] = field(default_factory=dict)
    """Conversation and seq → the state in which search knows a message."""
