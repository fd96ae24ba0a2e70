"""What happened in a run, as plain data: what was sent and answered, what devices saw, what the store holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Reactions = tuple[tuple[str, tuple[str, ...]], ...]
"""Each emoji with those who put it there, in order of the alphabet."""


def reactions(pairs: Iterable[tuple[str, str]]) -> Reactions:
    """Of pairs of emoji and user; one that comes twice is there twice."""
    users: dict[str, list[str]] = {}
    for emoji, user in pairs:
        users.setdefault(emoji, []).append(user)
    return tuple((emoji, tuple(sorted(users[emoji]))) for emoji in sorted(users))


class Happened(NamedTuple):
    """What a system message says."""

    kind: str
    by: str
    user: str | None = None
    role: str | None = None
    successor: str | None = None


class Entry(NamedTuple):
    """A message as a device saw it or as the store holds it, in the state of its latest change."""

    conversation: str
    epoch: str
    seq: int
    rev: int
    sender: str
    client_id: str
    text: str | None
    cause: str | None = None
    """The client id of its latest change, once it was changed."""
    deleted: bool = False
    reactions: Reactions = ()
    event: Happened | None = None

    @property
    def command(self) -> tuple[str, str, str]:
        return self.conversation, self.sender, self.client_id


class Wish(NamedTuple):
    """What a command asks for, with what it needs for it.

    `message`, `edit` (seq), `delete` (seq), `react` (seq, emoji, on), and in groups `join`, `leave`, `add` (user),
    `remove` (user), `role` (user, role).
    """

    kind: str = "message"
    seq: int = 0
    emoji: str = ""
    on: bool = False
    user: str = ""
    role: str = ""


MESSAGE = Wish()


class Done(NamedTuple):
    """What became of a command that was not refused: `changed` says whether it took the rev, or found it done."""

    sender: str
    client_id: str
    seq: int
    rev: int
    changed: bool = True


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
    """A command somebody sent, however often, and every answer he got. Times are seconds of one clock."""

    conversation: str
    sender: str
    client_id: str
    text: str
    """Of a message or an edit, empty else."""
    sent_at: float | None = None
    """When it was first sent."""
    accepted_at: float | None = None
    """When it was first accepted."""
    accepted: bool = False
    stored: set[tuple[int, int]] = field(default_factory=set)
    """Every (seq, rev) that a `stored` named."""
    places: set[int] = field(default_factory=set)
    """Every seq that an answer over HTTP named."""
    rejected: set[str] = field(default_factory=set)
    """The code of every `rejected`."""
    wish: Wish = MESSAGE
    """What it asks for, when it is no message."""

    @property
    def command(self) -> tuple[str, str, str]:
        return self.conversation, self.sender, self.client_id

    @property
    def acknowledged(self) -> bool:
        return self.accepted or bool(self.stored or self.places)

    @property
    def answered(self) -> bool:
        return bool(self.stored or self.places or self.rejected)


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
    strays: Sequence[tuple[str, int]] = ()
    """(Conversation, rev) of what it was shown after it had been told that the conversation is gone, or has ended."""
    ends: Sequence[tuple[str, str]] = ()
    """(Conversation, by whom or what) of each end that it was told of."""
    holds: Mapping[str, Mapping[str, str]] | None = None
    """In the end: the conversations it takes for its user's, each with its members' roles. None: nobody looked."""


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation in the store: its counters, its members, and all its messages and changes in any order."""

    id: str
    epoch: str
    seq: int
    rev: int
    members: frozenset[str]
    messages: Sequence[Entry]
    cursors: Mapping[str, Reached] = field(default_factory=dict)
    """How far each member is."""
    made: Mapping[int, int] = field(default_factory=dict)
    """By seq: the rev of the command that made a message; where nothing is given, the message's own."""
    done: Sequence[Done] = ()
    """What became of commands that made no message."""
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By sender and client id: why a command was refused, where that is kept."""
    founders: Mapping[str, str] | None = None
    """Who was in it from the beginning, as what. None: nobody ever comes or goes."""
    roles: Mapping[str, str] | None = None
    """The members' roles in the end, where they are known."""
    former: frozenset[str] = frozenset()
    """Who was a member once, and is none any more."""
    ended: str | None = None
    """Who or what ended it for good, as people are told; `members` are then those it had."""

    def steps(self) -> Iterator[Done]:
        """Everything that took a rev."""
        for entry in self.messages:
            yield Done(entry.sender, entry.client_id, entry.seq, self.made.get(entry.seq, entry.rev))
        yield from (each for each in self.done if each.changed)


@dataclass(frozen=True, slots=True)
class History:
    """A whole run, read when everything had settled."""

    sent: Sequence[Sent]
    devices: Sequence[Device]
    stored: Sequence[StoredConversation]
    acknowledged: Mapping[tuple[str, str], Reached] = field(default_factory=dict)
    """By conversation and user: how far his devices have said that he is. Empty where nobody says anything."""
