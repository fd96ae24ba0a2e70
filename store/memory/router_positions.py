"""How far user topics have been forwarded, in memory."""

from collections.abc import Iterable, Mapping

from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase


class MemoryRouterPositions:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._positions = database.router_positions
        self._wire = wire

    async def load(self, topics: Iterable[str]) -> Mapping[str, int]:
        return await self._wire.ask("router_positions.load", lambda: self._load(topics))

    def _load(self, topics: Iterable[str]) -> dict[str, int]:
        return {topic: self._positions[topic] for topic in topics if topic in self._positions}

    async def advance(self, positions: Mapping[str, int]) -> None:
        await self._wire.ask("router_positions.advance", lambda: self._advance(positions))

    def _advance(self, positions: Mapping[str, int]) -> None:
        for topic, offset in positions.items():
            self._positions[topic] = max(offset, self._positions.get(topic, offset))

    async def topics(self) -> frozenset[str]:
        return await self._wire.ask("router_positions.topics", lambda: frozenset(self._positions))

    async def delete(self, topics: Iterable[str]) -> None:
        await self._wire.ask("router_positions.delete", lambda: self._delete(topics))

    def _delete(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._positions.pop(topic, None)
