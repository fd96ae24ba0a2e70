"""How far the consumers are behind, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.ports import Bus, Partition
from consumers.delivery_status.delivery_status import GROUP as DELIVERY_STATUS
from consumers.notifications.notifications import GROUP as NOTIFICATIONS
from consumers.router.progress import position_key
from consumers.router.router import GROUP as ROUTER
from consumers.search_index.search_index import GROUP as SEARCH_INDEX
from consumers.session_expiry.expiry import GROUP as SESSION_EXPIRY
from consumers.session_expiry.expiry import MEETINGS
from consumers.writer.writer import GROUP as WRITER
from parley.inspect import places
from parley.inspect.scanning import Span, first_of_each
from schemas.times import from_millis
from schemas.topics import CONVERSATIONS, EVENTS, PRESENCE, RECEIPTS
from store.ports import RouterPositions

ALARM_AGE = timedelta(days=5)
"""A record unread for longer is an alarm: the shortest retention of what must not be lost is a day away."""

GROUPS = (
    (WRITER, CONVERSATIONS),
    (DELIVERY_STATUS, RECEIPTS),
    (NOTIFICATIONS, EVENTS),
    (SEARCH_INDEX, EVENTS),
    (SESSION_EXPIRY, PRESENCE),
    (MEETINGS, EVENTS),
)
"""Consumer groups that commit to Kafka, with what they read. The router's positions are in the store."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """A consumer's distance from the end of one partition."""

    group: str
    topic: str
    partition: int
    position: int
    """The next offset to be read."""
    end: int
    lost: int
    """Records that retention has taken unread."""
    oldest: datetime | None
    """The time of the oldest unread record; None when there is none."""

    @property
    def records(self) -> int:
        return max(0, self.end - self.position)

    def alarming(self, now: datetime) -> bool:
        return self.lost > 0 or (self.oldest is not None and now - self.oldest > ALARM_AGE)


@dataclass(frozen=True, slots=True)
class GroupLag:
    """All that one consumer has not read yet."""

    group: str
    partitions: Sequence[PartitionLag]

    @property
    def records(self) -> int:
        return sum(one.records for one in self.partitions)

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self.partitions)

    @property
    def oldest(self) -> datetime | None:
        return min((one.oldest for one in self.partitions if one.oldest is not None), default=None)

    def alarming(self, now: datetime) -> bool:
        return any(one.alarming(now) for one in self.partitions)


async def measure(bus: Bus, positions: RouterPositions) -> Sequence[GroupLag]:
    """Every consumer's lag. Raises Unavailable, StoreUnavailable."""
    lags = [await _of_group(bus, group, topic) for group, topic in GROUPS]
    return [await _of_router(bus, positions), *lags]


async def _of_group(bus: Bus, group: str, topic: str) -> GroupLag:
    admin = bus.admin()
    committed = await admin.committed(group, topic)
    read = {Partition(topic, number): offset for number, offset in committed.items()}
    return await _lag(bus, group, await places.of_topic(admin, topic), read)


async def _of_router(bus: Bus, positions: RouterPositions) -> GroupLag:
    partitions = {position_key(partition): partition for partition in await places.of_users(bus.admin())}
    read = {partitions[key]: offset for key, offset in (await positions.load(partitions)).items()}
    return await _lag(bus, ROUTER, list(partitions.values()), read)


async def _lag(bus: Bus, group: str, partitions: list[Partition], read: Mapping[Partition, int]) -> GroupLag:
    """A consumer without a position begins with the oldest record there is: it has lost none."""
    starts = await bus.admin().start_offsets(partitions)
    ends = await bus.admin().end_offsets(partitions)
    unread = {p: Span(max(read.get(p, 0), start), ends[p]) for p, start in starts.items() if p in ends}
    first = await first_of_each(bus, unread)
    return GroupLag(
        group,
        [
            PartitionLag(
                group,
                *partition,
                position=span.start,
                end=span.end,
                lost=max(0, starts[partition] - read.get(partition, starts[partition])),
                oldest=from_millis(first[partition].timestamp) if partition in first else None,
            )
            for partition, span in sorted(unread.items())
        ],
    )
