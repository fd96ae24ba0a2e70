"""The reader in memory."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from bus.errors import BusError
from bus.memory.checkpoint import Wire
from bus.memory.cluster import MemoryCluster
from bus.ports import Partition, Record

_RETRY_SECONDS = 0.1
_SWEEP_SECONDS = 0.2


class MemoryReader:
    """Obeys `bus.ports.Reader`. Each poll begins with another partition, so that none is starved by `max_records`."""

    def __init__(self, cluster: MemoryCluster, wire: Wire, *, prompted: bool = False) -> None:
        self._cluster = cluster
        self._wire = wire
        self._prompted: dict[Partition, None] | None = {} if prompted else None
        """What is to be looked at before the next sweep; None where every look is at everything."""
        self._sweep_at = 0.0
        self._places: dict[Partition, int] = {}
        self._topics: set[str] = set()
        """Of everything that was ever added: what is new elsewhere wakes nobody here."""
        self._news = asyncio.Event()
        cluster.watch(self._told)

    def _told(self, topic: str) -> None:
        if self._prompted is None and topic in self._topics:
            self._news.set()

    def add(self, places: Mapping[Partition, int]) -> None:
        self._places.update(places)
        self._topics.update(partition.topic for partition in places)
        self.prompt(places)
        self._news.set()

    def remove(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            self._places.pop(partition, None)

    def places(self) -> Mapping[Partition, int]:
        return dict(self._places)

    def prompt(self, partitions: Iterable[Partition]) -> None:
        if self._prompted is not None:
            self._prompted |= dict.fromkeys(partitions)
            self._news.set()

    async def poll(self, max_wait: float, max_records: int | None = None) -> Mapping[Partition, Sequence[Record]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + max_wait
        while True:
            self._news.clear()
            found = await self._fetch(max_records)
            if found or loop.time() >= deadline:
                return found
            await self._wait_for_news(deadline if self._prompted is None else min(deadline, self._sweep_at))

    async def _fetch(self, max_records: int | None) -> Mapping[Partition, Sequence[Record]]:
        try:
            await self._wire.before("fetch", "")
        except BusError:
            loop = asyncio.get_running_loop()
            loop.call_later(_RETRY_SECONDS, self._news.set)
            self._sweep_at = max(self._sweep_at, loop.time() + _RETRY_SECONDS)
            return {}
        return self._take(max_records)

    async def _wait_for_news(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return

    def _worth_a_look(self) -> Sequence[Partition]:
        now = asyncio.get_running_loop().time()
        if self._prompted is None or now >= self._sweep_at:
            self._sweep_at = now + _SWEEP_SECONDS
            return tuple(self._places)
        return tuple(partition for partition in self._prompted if partition in self._places)

    def _take(self, max_records: int | None) -> Mapping[Partition, Sequence[Record]]:
        found: dict[Partition, Sequence[Record]] = {}
        room = 2**31 if max_records is None else max_records
        for partition in self._worth_a_look():
            records = self._read(partition, room)
            if records:
                found[partition] = records
                room -= len(records)
            elif self._prompted is not None:
                self._prompted.pop(partition, None)
            if not room:
                self._sweep_at = 0.0  # there may be more behind it
                break
        for partition in found:
            self._places[partition] = self._places.pop(partition)  # to the end of the queue
        return found

    def _read(self, partition: Partition, limit: int) -> Sequence[Record]:
        log = self._cluster.log(partition)
        if log is None:
            del self._places[partition]
            return ()
        offset = log.resolve(self._places[partition])
        records = log.read(offset, limit)
        self._places[partition] = offset + len(records)
        return records

    async def close(self) -> None:
        self._cluster.unwatch(self._told)
        self._places.clear()
