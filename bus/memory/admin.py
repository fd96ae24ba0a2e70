"""Administration in memory."""

from collections.abc import Iterable, Mapping, Sequence

from bus.memory.checkpoint import Wire
from bus.memory.cluster import MemoryCluster
from bus.ports import Partition
from schemas.topics import TopicSpec


class MemoryAdmin:
    """Obeys `bus.ports.Admin`."""

    def __init__(self, cluster: MemoryCluster, wire: Wire) -> None:
        self._cluster = cluster
        self._wire = wire

    async def create(self, specs: Sequence[TopicSpec]) -> frozenset[str]:
        return await self._wire.ask("create", _names(spec.name for spec in specs), lambda: self._cluster.create(specs))

    async def delete(self, topics: Iterable[str]) -> None:
        names = tuple(topics)
        await self._wire.ask("delete", _names(names), lambda: self._cluster.delete(names))

    async def topics(self, prefix: str = "") -> Mapping[str, int]:
        return await self._wire.ask("look_up", prefix, lambda: self._cluster.topics(prefix))

    async def end_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        wanted = tuple(partitions)
        return await self._wire.ask("look_up", _names(p.topic for p in wanted), lambda: self._ends(wanted))

    async def start_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        wanted = tuple(partitions)
        return await self._wire.ask("look_up", _names(p.topic for p in wanted), lambda: self._starts(wanted))

    async def offsets_at(self, partitions: Iterable[Partition], millis: int) -> Mapping[Partition, int]:
        wanted = tuple(partitions)
        return await self._wire.ask("look_up", _names(p.topic for p in wanted), lambda: self._at(wanted, millis))

    def _at(self, partitions: Iterable[Partition], millis: int) -> Mapping[Partition, int]:
        return {partition: log.at(millis) for partition in partitions if (log := self._cluster.log(partition))}

    def _ends(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return {partition: log.end for partition in partitions if (log := self._cluster.log(partition))}

    def _starts(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return {partition: log.start for partition in partitions if (log := self._cluster.log(partition))}

    async def committed(self, group: str, topic: str) -> Mapping[int, int]:
        def read() -> Mapping[int, int]:
            if not self._cluster.topics().get(topic):
                return {}
            return self._cluster.group(group, topic).committed()

        return await self._wire.ask("committed", f"{group}/{topic}", read)


def _names(topics: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(topics))
