"""Topics and consumer groups of one test's own on a broker that others use too."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import replace

from bus.ports import Admin, Bus, Membership, Outgoing, Pace, Partition, Position, Producer, Reader, Record
from schemas.topics import TopicSpec

PARTITIONS = 2
"""At most so many of each topic: they take time to make."""


class PrivateBus:
    """Obeys `bus.ports.Bus`. On the broker its topics' names begin with `prefix`, its groups' with `groups`."""

    def __init__(self, bus: Bus, prefix: str, groups: str) -> None:
        self._bus = bus
        self._prefix = prefix
        self._groups = groups

    def producer(self) -> Producer:
        return _Producer(self._bus.producer(), self._prefix)

    def reader(self, pace: Pace = Pace.EAGER) -> Reader:
        return _Reader(self._bus.reader(pace), self._prefix)

    def admin(self) -> Admin:
        return _Admin(self._bus.admin(), self._prefix, self._groups)

    def membership(self, group: str, topic: str, member: str) -> Membership:
        return self._bus.membership(self._groups + group, self._prefix + topic, member)

    async def close(self) -> None:
        await self._bus.close()


class _Names:
    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def theirs(self, partitions: Iterable[Partition]) -> list[Partition]:
        return [Partition(self._prefix + partition.topic, partition.number) for partition in partitions]

    def ours(self, partition: Partition) -> Partition:
        return Partition(self.topic(partition.topic), partition.number)

    def topic(self, name: str) -> str:
        return name.removeprefix(self._prefix)

    def numbers(self, found: Mapping[Partition, int]) -> Mapping[Partition, int]:
        return {self.ours(partition): number for partition, number in found.items()}


class _Producer:
    def __init__(self, producer: Producer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix

    async def warm_up(self, topics: Iterable[str]) -> frozenset[str]:
        known = await self._producer.warm_up([self._prefix + topic for topic in topics])
        return frozenset(topic.removeprefix(self._prefix) for topic in known)

    def forget(self, topics: Iterable[str]) -> None:
        self._producer.forget([self._prefix + topic for topic in topics])

    async def enqueue(self, message: Outgoing) -> Awaitable[Position]:
        acknowledgement = await self._producer.enqueue(replace(message, topic=self._prefix + message.topic))
        return self._position(acknowledgement)

    async def send(self, message: Outgoing) -> Position:
        return await (await self.enqueue(message))

    async def _position(self, acknowledgement: Awaitable[Position]) -> Position:
        found = await acknowledgement
        return found._replace(topic=found.topic.removeprefix(self._prefix))


class _Reader:
    def __init__(self, reader: Reader, prefix: str) -> None:
        self._reader = reader
        self._names = _Names(prefix)

    def add(self, places: Mapping[Partition, int]) -> None:
        self._reader.add(dict(zip(self._names.theirs(places), places.values(), strict=True)))

    def remove(self, partitions: Iterable[Partition]) -> None:
        self._reader.remove(self._names.theirs(partitions))

    def places(self) -> Mapping[Partition, int]:
        return self._names.numbers(self._reader.places())

    def prompt(self, partitions: Iterable[Partition]) -> None:
        self._reader.prompt(self._names.theirs(partitions))

    async def poll(self, max_wait: float, max_records: int | None = None) -> Mapping[Partition, Sequence[Record]]:
        found = await self._reader.poll(max_wait, max_records)
        return {
            self._names.ours(partition): [replace(one, topic=self._names.topic(one.topic)) for one in records]
            for partition, records in found.items()
        }

    async def close(self) -> None:
        await self._reader.close()


class _Admin:
    def __init__(self, admin: Admin, prefix: str, groups: str) -> None:
        self._admin = admin
        self._prefix = prefix
        self._groups = groups
        self._names = _Names(prefix)

    async def create(self, specs: Sequence[TopicSpec]) -> frozenset[str]:
        made = await self._admin.create(
            [
                replace(spec, name=self._prefix + spec.name, partitions=min(PARTITIONS, spec.partitions))
                for spec in specs
            ]
        )
        return frozenset(map(self._names.topic, made))

    async def delete(self, topics: Iterable[str]) -> None:
        await self._admin.delete([self._prefix + topic for topic in topics])

    async def topics(self, prefix: str = "") -> Mapping[str, int]:
        found = await self._admin.topics(self._prefix + prefix)
        return {self._names.topic(name): partitions for name, partitions in found.items()}

    async def end_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return self._names.numbers(await self._admin.end_offsets(self._names.theirs(partitions)))

    async def start_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return self._names.numbers(await self._admin.start_offsets(self._names.theirs(partitions)))

    async def offsets_at(self, partitions: Iterable[Partition], millis: int) -> Mapping[Partition, int]:
        return self._names.numbers(await self._admin.offsets_at(self._names.theirs(partitions), millis))

    async def committed(self, group: str, topic: str) -> Mapping[int, int]:
        return await self._admin.committed(self._groups + group, self._prefix + topic)
