"""A conversation's state, and what one batch of decisions does to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.errors import ErrorCode
from schemas.ids import command_key
from schemas.messages import ConversationKind, Message, Role


class Applied(NamedTuple):
    """How far into the log of `conversations` a conversation has been decided: topic generation, then offset."""

    generation: int
    offset: int


@dataclass(frozen=True, slots=True)
class Member:
    user: str
    role: Role
    joined_rev: int
    """The conversation's rev when he joined: unread counts begin above it."""
    joined_at: datetime
    joined_by: str | None = None
    """Who made him a member: himself, when he joined."""
    left: "Departure | None" = None
    """None while he is a member."""


class Leaving(StrEnum):
    """How a membership ended; also the reason of `gone`."""

    LEFT = "left"
    REMOVED = "removed"
    DELETED = "deleted"
    ENDED = "ended"
    """With an ephemeral chat."""

    @property
    def with_the_conversation(self) -> bool:
        """Whether the conversation itself was over then."""
        return self in (Leaving.DELETED, Leaving.ENDED)


@dataclass(frozen=True, slots=True)
class Departure:
    """The end of a membership: with which change, when, by whom."""

    rev: int
    at: datetime
    by: str
    how: Leaving


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that deciding about a conversation needs. `former` are those who are members no more."""

    id: str
    kind: ConversationKind
    name: str | None
    description: str | None
    epoch: str
    seq: int
    rev: int
    applied: Applied
    members: Mapping[str, Member]
    former: Mapping[str, Member]
    last_message: Message | None
    created_at: datetime
    updated_at: datetime
    password: str | None = None
    """The version of the password by which others may join; None: nobody can join by himself."""
    blocked_by: frozenset[str] = frozenset()
    """Of the two of a direct conversation, those who have blocked the other."""
    ended_at: datetime | None = None
    """When it ended: it has no members, no name and no messages any more, and nothing can be done there."""
    ended_by: str | None = None
    """Of an ephemeral chat: the user who ended it, or why it ended by itself."""


class Made(NamedTuple):
    """A stored message, and the rev it was made at: the outcome of its command, whatever changes it later."""

    message: Message
    rev: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command, for ever. Without an `error` it was done, at `seq` and `rev`."""

    conversation: str
    sender: str
    client_id: str
    seq: int
    rev: int
    addressees: tuple[str, ...]
    """Who is told besides the sender: the members the change concerned, also those it removed."""
    at: datetime
    error: ErrorCode | None = None

    @property
    def key(self) -> str:
        return command_key(self.conversation, self.sender, self.client_id)


@dataclass(frozen=True, slots=True)
class Change:
    """One conversation's share of a batch, to be stored only if it still is at `before` (None: does not exist)."""

    before: Applied | None
    after: Conversation
    messages: tuple[Message, ...]
    """Each in its final state of this batch, by seq."""
    members: tuple[Member, ...]
    """Those whose membership is new or changed, in its last state."""
    made: Mapping[int, int] = field(default_factory=dict)
    """The seqs of those messages that are new, with the rev each was made at; the others are there already."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a writer stores in one transaction: all of it or nothing.

    The outcome of a stored message is the message itself; `outcomes` holds all others.
    """

    changes: tuple[Change, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.outcomes
