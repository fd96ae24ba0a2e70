"""Which topics there are, and how much is in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bus.ports import Admin, Partition
from parley.inspect.moments import age
from schemas.topics import (
    TopicSpec,
    edge_topic_spec,
    fixed_topics,
    is_edge_topic,
    is_user_topic,
    user_topic_spec,
)


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic, or all user topics together. `records` counts offsets: compaction and retention within a segment may
    leave fewer records. `retention` is what Parley makes such a topic with, None for a topic that is not Parley's."""

    name: str
    topics: int
    partitions: int
    records: int
    retention: str | None


async def survey(admin: Admin, *, each_user: bool) -> Sequence[TopicRow]:
    """Every topic, those of users together in one row unless each is asked for. Raises Unavailable."""
    counts = await admin.topics()
    records = await _records(admin, counts)
    rows = [TopicRow(name, 1, counts[name], records[name], _retention(name)) for name in sorted(counts)]
    if each_user:
        return rows
    return [row for row in rows if not is_user_topic(row.name)] + _together(
        row for row in rows if is_user_topic(row.name)
    )


async def _records(admin: Admin, counts: Mapping[str, int]) -> Mapping[str, int]:
    partitions = [Partition(name, number) for name, count in counts.items() for number in range(count)]
    starts, ends = await admin.start_offsets(partitions), await admin.end_offsets(partitions)
    records = dict.fromkeys(counts, 0)
    for partition, end in ends.items():
        records[partition.topic] += end - starts.get(partition, end)
    return records


def _together(rows: Iterable[TopicRow]) -> list[TopicRow]:
    users = tuple(rows)
    if not users:
        return []
    partitions, records = sum(row.partitions for row in users), sum(row.records for row in users)
    return [TopicRow("user.*", len(users), partitions, records, users[0].retention)]


def _retention(name: str) -> str | None:
    spec = _spec(name)
    if spec is None:
        return None
    if spec.config.get("cleanup.policy") == "compact":
        return "compacted"
    return age(timedelta(milliseconds=int(spec.config["retention.ms"])))


def _spec(name: str) -> TopicSpec | None:
    if is_user_topic(name):
        return user_topic_spec(name)
    if is_edge_topic(name):
        return edge_topic_spec(name)
    return next((spec for spec in fixed_topics() if spec.name == name), None)
