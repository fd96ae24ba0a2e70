"""What happened in a run, as plain data: what was sent and answered, what devices saw, what the store holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Entry(NamedTuple):
    """A message as a device saw it or as the store holds it."""

    conversation: str
    epoch: str
    seq: int
    rev: int
    sender: str
    client_id: str
    text: str | None

    @property
    def command(self) -> tuple[str, str, str]:
        return self.conversation, self.sender, self.client_id


class Reached(NamedTuple):
    """How far a member has got and has read, by seq."""

    delivered: int = 0
    read: int = 0

    def raised(self, other: "Reached") -> "Reached":
        return Reached(max(self.delivered, other.delivered), max(self.read, other.read))

    def covers(self, other: "Reached") -> bool:
        return self.delivered >= other.delivered and self.read >= other.read


class Told(NamedTuple):
    """A receipt, as a device heard it."""

    conversation: str
    user: str
    reached: Reached


@dataclass(slots=True)
class Sent:
    """A message somebody sent, however often, and every answer he got. Times are seconds of one clock."""

    conversation: str
    sender: str
    client_id: str
    text: str
    sent_at: float | None = None
    """When it was first sent."""
    accepted_at: float | None = None
    """When it was first accepted."""
    accepted: bool = False
    stored: set[tuple[int, int]] = field(default_factory=set)
    """Every (seq, rev) that a `stored` named."""
    rejected: set[str] = field(default_factory=set)
    """The code of every `rejected`."""

    @property
    def command(self) -> tuple[str, str, str]:
        return self.conversation, self.sender, self.client_id

    @property
    def acknowledged(self) -> bool:
        return self.accepted or bool(self.stored)

    @property
    def answered(self) -> bool:
        return bool(self.stored or self.rejected)


@dataclass(slots=True)
class Device:
    """What one device told its user, in order, after its client had dropped what came twice."""

    user: str
    name: str
    seen: Sequence[Entry]
    after: Mapping[str, int] = field(default_factory=dict)
    """The rev above which it follows each conversation; 0 where nothing is given."""
    duplicates: int = 0
    """Pushes that came again and were dropped by the client: allowed, and counted."""
    caught_up: bool = True
    """It was connected until everything had settled. Without that, what it lacks at the end is no fault."""
    receipts: Sequence[Told] = ()
    """Every receipt pushed to it, in order, of sockets that were never cut."""
    known: Mapping[tuple[str, str], Reached] = field(default_factory=dict)
    """How far it knows each member of each conversation to be in the end: receipts and snapshots together."""


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation in the store: its counters, its members, and all its messages in any order."""

    id: str
    epoch: str
    seq: int
    rev: int
    members: frozenset[str]
    messages: Sequence[Entry]
    cursors: Mapping[str, Reached] = field(default_factory=dict)
    """How far each member is."""


@dataclass(frozen=True, slots=True)
class History:
    """A whole run, read when everything had settled."""

    sent: Sequence[Sent]
    devices: Sequence[Device]
    stored: Sequence[StoredConversation]
    acknowledged: Mapping[tuple[str, str], Reached] = field(default_factory=dict)
    """By conversation and user: how far his devices have said that he is. Empty where nobody says anything."""
