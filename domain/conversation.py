"""A conversation's state, and what one batch of decisions does to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that deciding about a conversation needs. `former` are users who once were members."""

    id: str
    kind: ConversationKind
    name: str | None
    description: str | None
    epoch: str
    seq: int
    rev: int
    applied: Applied
    members: Mapping[str, Member]
    former: frozenset[str]
    last_message: Message | None
    created_at: datetime
    updated_at: datetime


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
    """Those who are new."""
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
