"""Administration on Kafka."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiokafka import errors as kafka_errors
from aiokafka.protocol.admin import CreateTopicsRequest, DeleteTopicsRequest

from bus.errors import BusError, Unavailable
from bus.kafka import topology
from bus.kafka.coordinator import Coordinator
from bus.kafka.link import Link
from bus.ports import Partition
from schemas.topics import TopicSpec

_BROKER_SECONDS = 10.0
_SETTLE_SECONDS = 10.0
_FIRST_LOOK_SECONDS = 0.01
_LONGEST_LOOK_SECONDS = 0.5
T = TypeVar("T")

_TOLERATED = {
    CreateTopicsRequest: kafka_errors.TopicAlreadyExistsError,
    DeleteTopicsRequest: kafka_errors.UnknownTopicOrPartitionError,
}


@dataclass(frozen=True, slots=True)
class Durability:
    """How many copies each topic has, and how many of them must hold a record before it is acknowledged."""

    replication_factor: int = 1
    min_insync_replicas: int = 1


class KafkaAdmin:
    """Obeys `bus.ports.Admin`."""

    def __init__(self, link: Link, durability: Durability, chance: random.Random) -> None:
        self._link = link
        self._durability = durability
        self._chance = chance

    async def create(self, specs: Sequence[TopicSpec]) -> frozenset[str]:
        """Raises BusError when a broker finds fault with a name or a configuration."""
        created: set[str] = set()
        for chunk in topology.chunks(specs):
            wanted = [self._wanted(spec) for spec in chunk]
            request = CreateTopicsRequest(wanted, timeout=int(_BROKER_SECONDS * 1000), validate_only=False)
            answer = await self._link.ask_any(request)
            created |= _done(((topic, error) for topic, error, *_ in answer.topic_errors), type(request))
        partitions = [Partition(spec.name, number) for spec in specs for number in range(spec.partitions)]
        await self._insist(lambda: self._writable(partitions))
        return frozenset(created)

    def _wanted(self, spec: TopicSpec) -> tuple[object, ...]:
        config = {"min.insync.replicas": str(self._durability.min_insync_replicas), **spec.config}
        return spec.name, spec.partitions, self._durability.replication_factor, [], list(config.items())

    async def _writable(self, partitions: Sequence[Partition]) -> None:
        """Raises Unavailable until the leader of each knows that it is: metadata may tell of it earlier."""
        for chunk in topology.chunks(partitions):
            missing = set(chunk) - (await topology.offsets(self._link, chunk, topology.END)).keys()
            if missing:
                raise Unavailable(f"{min(missing).topic} is not there yet")

    async def _insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until the cluster has settled, for _SETTLE_SECONDS at most."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _SETTLE_SECONDS
        pause = _FIRST_LOOK_SECONDS
        while True:
            try:
                return await attempt()
            except Unavailable:
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_LOOK_SECONDS)

    async def delete(self, topics: Iterable[str]) -> None:
        for chunk in topology.chunks(topics):
            request = DeleteTopicsRequest(chunk, timeout=int(_BROKER_SECONDS * 1000))
            answer = await self._link.ask_any(request)
            _done(answer.topic_error_codes, type(request))

    async def topics(self, prefix: str = "") -> Mapping[str, int]:
        counts = await topology.partition_counts(self._link)
        return {topic: count for topic, count in counts.items() if topic.startswith(prefix)}

    async def end_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return await topology.offsets(self._link, partitions, topology.END)

    async def start_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return await topology.offsets(self._link, partitions, topology.START)

    async def offsets_at(self, partitions: Iterable[Partition], millis: int) -> Mapping[Partition, int]:
        wanted = frozenset(partitions)
        # The ends first: what is appended meanwhile is then not passed over.
        ends = await self.end_offsets(wanted)
        found = await topology.offsets(self._link, wanted, millis)
        return {
            partition: ends.get(partition, 0) if at == topology.NO_RECORD else at for partition, at in found.items()
        }

    async def committed(self, group: str, topic: str) -> Mapping[int, int]:
        coordinator = Coordinator(self._link, group)
        # At first, Kafka has the topic for it still to make.
        return await self._insist(lambda: coordinator.committed(topic))


def _done(answers: Iterable[tuple[str, int]], request: type) -> set[str]:
    """The topics it was done to, those left out for which it had been done before."""
    done = set()
    for topic, error in answers:
        if error == _TOLERATED[request].errno:
            continue
        _require(error, topic)
        done.add(topic)
    return done


def _require(error: int, subject: str) -> None:
    kind = kafka_errors.for_code(error)
    if kind is kafka_errors.NoError:
        return
    if kind.retriable:
        raise Unavailable(f"{subject}: {kind.__name__}")
    raise BusError(f"{subject}: {kind.__name__}")
