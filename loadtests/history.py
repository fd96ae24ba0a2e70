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


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation in the store: its counters, its members, and all its messages in any order."""

    id: str
    epoch: str
    seq: int
    rev: int
    members: frozenset[str]
    messages: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class History:
    """A whole run, read when everything had settled."""

    sent: Sequence[Sent]
    devices: Sequence[Device]
    stored: Sequence[StoredConversation]
