"""The log: topics, partitions, records and consumer groups, shared by the buses of all simulated processes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bus.errors import UnknownTopic
from bus.membership import MembershipTimes
from bus.memory.group import Group
from bus.ports import EARLIEST, Outgoing, Partition, Position, Record
from schemas.topics import TopicSpec


@dataclass(slots=True)
class Log:
    """One partition. Offsets count from 0; those below `start` are gone."""

    start: int = 0
    end: int = 0
    records: list[Record] = field(default_factory=list)

    def append(self, record: Record) -> None:
        self.records.append(record)
        self.end = record.offset + 1

    def truncate(self, before: int) -> None:
        kept = min(max(before, self.start), self.end)
        del self.records[: kept - self.start]
        self.start = kept

    def resolve(self, offset: int) -> int:
        """Where a reader at `offset` really is (Reader's rule for offsets out of range)."""
        return self.start if offset == EARLIEST else min(max(offset, self.start), self.end)

    def at(self, millis: int) -> int:
        return next((record.offset for record in self.records if record.timestamp >= millis), self.end)

    def read(self, offset: int, limit: int) -> Sequence[Record]:
        return self.records[offset - self.start : offset - self.start + limit]


@dataclass(slots=True)
class Topic:
    append_time: bool
    logs: list[Log]


class MemoryCluster:
    """What a Kafka cluster holds. `clock` is the broker's, in epoch milliseconds.

    Nothing here waits: each method is one atomic effect. Compaction keeps every record.
    """

    def __init__(self, clock: Callable[[], int], times: MembershipTimes = MembershipTimes()) -> None:  # noqa: B008 - frozen
        self._clock = clock
        self.times = times
        self._topics: dict[str, Topic] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._watchers: dict[Callable[[str], None], None] = {}

    def now(self) -> int:
        return self._clock()

    def create(self, specs: Iterable[TopicSpec]) -> frozenset[str]:
        return frozenset(spec.name for spec in specs if self._create(spec))

    def _create(self, spec: TopicSpec) -> bool:
        if spec.name in self._topics:
            return False
        append_time = spec.config.get("message.timestamp.type") == "LogAppendTime"
        self._topics[spec.name] = Topic(append_time, [Log() for _ in range(spec.partitions)])
        return True

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            if self._topics.pop(name, None):
                self._told(name)

    def topics(self, prefix: str = "") -> Mapping[str, int]:
        return {name: len(topic.logs) for name, topic in self._topics.items() if name.startswith(prefix)}

    def log(self, partition: Partition) -> Log | None:
        topic = self._topics.get(partition.topic)
        if topic is None or not 0 <= partition.number < len(topic.logs):
            return None
        return topic.logs[partition.number]

    def append(self, message: Outgoing, partition: Partition, created: int) -> Position:
        """Put a record at the end. Raises UnknownTopic."""
        log = self.log(partition)
        if log is None:
            raise UnknownTopic(message.topic)
        timestamp = self.now() if self._topics[message.topic].append_time else created
        log.append(Record(*partition, log.end, timestamp, message.key, message.value, message.headers))
        self._told(message.topic)
        return Position(*partition, log.end - 1, timestamp)

    def truncate(self, partition: Partition, before: int) -> None:
        """Remove the records below an offset, as retention does. Raises UnknownTopic."""
        log = self.log(partition)
        if log is None:
            raise UnknownTopic(partition.topic)
        log.truncate(before)

    def watch(self, told: Callable[[str], None]) -> None:
        """Have `told` called with a topic's name whenever there is something new in it, or it is gone."""
        self._watchers[told] = None

    def unwatch(self, told: Callable[[str], None]) -> None:
        self._watchers.pop(told, None)

    def _told(self, topic: str) -> None:
        for told in tuple(self._watchers):
            told(topic)

    def group(self, name: str, topic: str) -> Group:
        """The consumer group's share of one topic. Raises UnknownTopic when it has no partitions to give."""
        if topic not in self._topics:
            raise UnknownTopic(topic)
        partitions = len(self._topics[topic].logs)
        fresh = Group(partitions, self.times)
        return self._groups.setdefault((name, topic), fresh)
