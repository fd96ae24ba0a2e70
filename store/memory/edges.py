"""Lives of edge and api processes, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from store.memory.checkpoint import Wire
from store.memory.database import Lease, MemoryDatabase
from store.ports import EdgeLife


class MemoryEdges:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def begin(self, life: EdgeLife) -> None:
        await self._wire.ask("edges.begin", lambda: self._begin(life))

    def _begin(self, life: EdgeLife) -> None:
        self._database.leases.setdefault(life.incarnation, Lease(life))

    async def renew(self, incarnation: str) -> bool:
        return await self._wire.ask("edges.renew", lambda: self._renew(incarnation))

    def _renew(self, incarnation: str) -> bool:
        lease = self._running().get(incarnation)
        if lease is None:
            return False
        lease.counter += 1
        return True

    async def leases(self) -> Mapping[str, int]:
        return await self._wire.ask("edges.leases", self._counters)

    def _counters(self) -> dict[str, int]:
        return {incarnation: lease.counter for incarnation, lease in self._running().items()}

    async def urls(self) -> Sequence[str]:
        return await self._wire.ask("edges.urls", self._urls)

    def _urls(self) -> list[str]:
        return sorted({lease.life.url for lease in self._running().values() if lease.life.url is not None})

    async def end(self, incarnations: Iterable[str]) -> None:
        await self._wire.ask("edges.end", lambda: self._end(incarnations))

    def _end(self, incarnations: Iterable[str]) -> None:
        running = self._running()
        for incarnation in incarnations:
            if incarnation in running:
                running[incarnation].ended_at = self._database.now()

    async def ended(self, seconds_ago: float) -> Mapping[str, str]:
        return await self._wire.ask("edges.ended", lambda: self._ended(seconds_ago))

    def _ended(self, seconds_ago: float) -> dict[str, str]:
        latest = self._database.now() - timedelta(seconds=seconds_ago)
        return {
            incarnation: lease.life.topic
            for incarnation, lease in self._database.leases.items()
            if lease.ended_at is not None and lease.ended_at <= latest
        }

    async def topics(self) -> frozenset[str]:
        return await self._wire.ask("edges.topics", self._topics)

    def _topics(self) -> frozenset[str]:
        return frozenset(lease.life.topic for lease in self._database.leases.values())

    async def forget(self, incarnations: Iterable[str]) -> None:
        await self._wire.ask("edges.forget", lambda: self._forget(incarnations))

    def _forget(self, incarnations: Iterable[str]) -> None:
        for incarnation in incarnations:
            self._database.leases.pop(incarnation, None)

    def _running(self) -> dict[str, Lease]:
        return {name: lease for name, lease in self._database.leases.items() if lease.ended_at is None}
