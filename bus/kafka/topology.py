"""Which topics there are, who leads their partitions, and from where to where they reach: asked in bulk."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TypeVar

from aiokafka import errors as kafka_errors
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest

from bus.errors import Unavailable
from bus.kafka.link import Link
from bus.ports import Partition

START = -2
END = -1
"""The timestamps by which ListOffsets asks for a log's start and end."""

NO_RECORD = -1

GONE = -3
UNKNOWN = -4
"""In place of an offset: the partition does not exist, or this broker cannot say."""

_NO_LEADER = -1
_NO_ERROR = 0
_CHUNK = 500
"""So many at a time: decoding an answer holds up everything else in the process."""

_CONSUMER_REPLICA = -1
_READ_UNCOMMITTED = 0

_GONE_ERRORS = (kafka_errors.UnknownTopicOrPartitionError.errno, kafka_errors.InvalidTopicError.errno)

T = TypeVar("T")


def chunks(items: Iterable[T]) -> Iterable[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


async def leaders(link: Link, topics: Iterable[str]) -> Mapping[str, Mapping[int, int | None]]:
    """The leader of every partition of the topics that exist (None while there is none). Raises Unavailable."""
    found: dict[str, Mapping[int, int | None]] = {}
    for chunk in chunks(topics):
        answer = await link.ask_any(MetadataRequest(chunk, allow_auto_topic_creation=False))
        found |= _leaders_in(answer.topics)
    return found


async def partition_counts(link: Link) -> Mapping[str, int]:
    """All topics but Kafka's own. Raises Unavailable."""
    answer = await link.ask_any(MetadataRequest(None, allow_auto_topic_creation=False))
    return {topic: len(partitions) for error, topic, internal, partitions in answer.topics if not (error or internal)}


def _leaders_in(
    topics: Iterable[tuple[int, str, bool, Iterable[tuple[int, int, int]]]],
) -> Mapping[str, Mapping[int, int | None]]:
    return {
        topic: {number: None if leader == _NO_LEADER else leader for _, number, leader, *_ in partitions}
        for error, topic, _, partitions in topics
        if error not in _GONE_ERRORS
    }


async def offsets(link: Link, partitions: Iterable[Partition], at: int) -> Mapping[Partition, int]:
    """The offsets at START, END or an instant (epoch milliseconds; NO_RECORD where all are older).

    A partition that does not exist is left out. Raises Unavailable.
    """
    wanted = frozenset(partitions)
    known = await leaders(link, {partition.topic for partition in wanted})
    by_leader: dict[int, list[Partition]] = defaultdict(list)
    for partition in wanted:
        led = known.get(partition.topic, {})
        if partition.number in led:
            by_leader[_required(led[partition.number], partition)].append(partition)
    found: dict[Partition, int] = {}
    for leader, led_by_it in by_leader.items():
        answers = await offsets_by(link, leader, led_by_it, at)
        found |= {partition: _known(answer, partition) for partition, answer in answers.items() if answer != GONE}
    return found


def _required(leader: int | None, partition: Partition) -> int:
    if leader is None:
        raise Unavailable(f"{partition.topic}/{partition.number} has no leader")
    return leader


def _known(offset: int, partition: Partition) -> int:
    if offset == UNKNOWN:
        raise Unavailable(f"{partition.topic}/{partition.number}: its offsets are not known right now")
    return offset


async def offsets_by(link: Link, leader: int, partitions: Collection[Partition], at: int) -> Mapping[Partition, int]:
    """The same of partitions that a broker leads; GONE or UNKNOWN where it has no offset to tell.

    Raises Unavailable when the broker does not answer.
    """
    found: dict[Partition, int] = {}
    for chunk in chunks(partitions):
        request = OffsetRequest(_CONSUMER_REPLICA, _READ_UNCOMMITTED, by_topic((p, (p.number, at)) for p in chunk))
        for topic, answers in (await link.ask(leader, request)).topics:
            for number, error, _, offset in answers:
                found[Partition(topic, number)] = _offset_or(error, offset)
    return found


def _offset_or(error: int, offset: int) -> int:
    if error == _NO_ERROR:
        return offset
    return GONE if error in _GONE_ERRORS else UNKNOWN


def by_topic(items: Iterable[tuple[Partition, T]]) -> list[tuple[str, list[T]]]:
    """Group what is said of partitions the way Kafka's requests carry it."""
    grouped: dict[str, list[T]] = defaultdict(list)
    for partition, item in items:
        grouped[partition.topic].append(item)
    return list(grouped.items())
