"""The seams: what the rest of Parley may ask of Kafka, role by role. `bus.kafka` and `bus.memory` answer."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from schemas.headers import Headers
from schemas.topics import TopicSpec

EARLIEST = -2
"""The place of a reader who has none yet: the oldest record still there (Kafka's own number for it)."""

MAX_RECORD_BYTES = 1_000_000
"""What a record may amount to, key, value and headers: with its framing it stays within the broker's 1 MiB."""


class Partition(NamedTuple):
    topic: str
    number: int = 0


class Position(NamedTuple):
    """Where a record stands, and since when (epoch milliseconds)."""

    topic: str
    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in the log."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be appended; its key, or `partition`, says where."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    partition: int | None = None


class Producer(Protocol):
    """Appends with `acks=all`, idempotently (KIP-98): per partition in the order of `enqueue`, nothing doubled.

    Order holds across failures: when a record fails, every record that was enqueued behind it on its partition and
    is not yet appended fails too (Unavailable), so that whoever sends again from the first failure sends in order.
    """

    async def warm_up(self, topics: Iterable[str]) -> frozenset[str]:
        """Learn many topics at once, before sending to them. Returns those that exist. Raises Unavailable."""

    def forget(self, topics: Iterable[str]) -> None:
        """Let go of topics that will not be sent to for a while."""

    async def enqueue(self, message: Outgoing) -> Awaitable[Position]:
        """Take a record into the send buffer and return what its acknowledgement will be.

        Waits while the buffer is full. Raises Unavailable, UnknownTopic or RecordTooLarge at once; the awaitable
        raises these or UnknownOutcome, within the producer's delivery timeout, and may be dropped unawaited.
        """

    async def send(self, message: Outgoing) -> Position:
        """`enqueue` and wait for the acknowledgement. Cancelling does not unsend."""


class Pace(Enum):
    """How soon a reader has what is new. Each look costs a broker some microseconds for each partition."""

    EAGER = "eager"
    """Within milliseconds."""
    PROMPTED = "prompted"
    """At once where it is prompted; it looks at everything every tenth of a second and 0.1 ms for each partition. For
    thousands of partitions, most of which are silent."""
    LEISURELY = "leisurely"
    """Within half a second, much at a time. For work that nobody waits for."""


class Reader(Protocol):
    """Reads any number of partitions in order, each from a place of the caller's choosing; no group, no commit."""

    def add(self, places: Mapping[Partition, int]) -> None:
        """Read these partitions too, from these offsets (or EARLIEST). One already read is moved there."""

    def remove(self, partitions: Iterable[Partition]) -> None:
        """Read these no more; nothing of them is returned by any later `poll`."""

    def places(self) -> Mapping[Partition, int]:
        """The next offset to be returned, for each partition that is read (EARLIEST while unknown)."""

    def prompt(self, partitions: Iterable[Partition]) -> None:
        """There is, or will be in a moment, something new in these: fetch it at once. Only a reader whose pace is
        PROMPTED needs to be told; a partition that it does not read is ignored."""

    async def poll(self, max_wait: float, max_records: int | None = None) -> Mapping[Partition, Sequence[Record]]:
        """The next records, in offset order per partition; empty when none came within `max_wait` seconds.

        At most `max_records` in all; what was fetched beyond stays for the next poll. Broker failures are retried
        inside with backoff; an offset below the log's start moves up to it, one beyond its end moves to the end.
        A partition whose topic is deleted falls out of `places`. Cancelling loses nothing.
        """

    async def close(self) -> None: ...


class Admin(Protocol):
    """Topics and offsets. Every call is bounded in time, raises Unavailable when it was not confirmed, and may be
    repeated."""

    async def create(self, specs: Sequence[TopicSpec]) -> frozenset[str]:
        """Make these topics and wait until they can be written. Returns those that were not there before."""

    async def delete(self, topics: Iterable[str]) -> None:
        """Delete these topics; one that is not there is fine. Brokers hear of it in their own time: for a moment they
        may still list them, and take records for them."""

    async def topics(self, prefix: str = "") -> Mapping[str, int]:
        """The topics whose names begin so, with their numbers of partitions."""

    async def end_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """The offset after the last record of each; a partition that does not exist is left out."""

    async def start_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """The offset of the oldest record of each; a partition that does not exist is left out."""

    async def offsets_at(self, partitions: Iterable[Partition], millis: int) -> Mapping[Partition, int]:
        """The offset of the first record of each that is not older than this instant (epoch milliseconds), its end
        where there is none; a partition that does not exist is left out."""

    async def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """The offsets a consumer group has committed on a topic, by partition."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Callbacks of a membership. `assigned` must only start things; `revoked` has 5 s to finish what is under way."""

    assigned: Callable[[frozenset[int]], None]
    revoked: Callable[[frozenset[int]], Awaitable[None]]


class Membership(Protocol):
    """Membership of a consumer group on one topic that tells which partitions are ours, without fetching."""

    async def run(self, ownership: Ownership) -> None:
        """Join and stay a member until cancelled; then give up everything (`revoked`).

        The slot stays reserved for the session timeout, so that a restarted process takes its partitions up at once.
        Raises MembershipLost when another process took the slot, or progress was not reported for too long.
        """

    def report_progress(self) -> None:
        """The workers are alive. Without this for longer than the poll interval the membership lapses, as it must."""

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """The committed offsets; a partition without one is left out. Raises Unavailable."""

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit the next offsets to be read. Raises NotOwner when refused, Unavailable, UnknownOutcome."""


class Bus(Protocol):
    """One process's access to Kafka; everything it gives out is closed with it."""

    def producer(self) -> Producer: ...

    def reader(self, pace: Pace = Pace.EAGER) -> Reader: ...

    def admin(self) -> Admin: ...

    def membership(self, group: str, topic: str, member: str) -> Membership:
        """`member` names the slot (static membership, KIP-345), the same after a restart."""

    async def close(self) -> None: ...
