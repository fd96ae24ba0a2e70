"""Durable timers, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase, Timer
from store.ports import Deadline


class MemoryDeadlines:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._timers = database.timers
        self._wire = wire

    async def set(self, deadlines: Sequence[Deadline]) -> None:
        await self._wire.ask("deadlines.set", lambda: self._set(deadlines))

    def _set(self, deadlines: Sequence[Deadline]) -> None:
        for deadline in deadlines:
            kept = replace(deadline, at=from_millis(to_millis(deadline.at)), payload=dict(deadline.payload))
            known = self._timers.get(deadline.id)
            if known is None or known.deadline.at < kept.at:
                self._timers[deadline.id] = Timer(kept)

    async def claim(self, kind: str, holder: str, lease_seconds: float, limit: int) -> Sequence[Deadline]:
        return await self._wire.ask("deadlines.claim", lambda: self._claim(kind, holder, lease_seconds, limit))

    def _claim(self, kind: str, holder: str, lease_seconds: float, limit: int) -> list[Deadline]:
        now = self._database.now()
        free = [timer for timer in self._due(kind) if timer.held_until is None or timer.held_until <= now][:limit]
        for timer in free:
            timer.holder, timer.held_until = holder, now + timedelta(seconds=lease_seconds)
        return [timer.deadline for timer in free]

    async def done(self, holder: str, ids: Iterable[str]) -> None:
        await self._wire.ask("deadlines.done", lambda: self._done(holder, ids))

    def _done(self, holder: str, ids: Iterable[str]) -> None:
        for each in ids:
            timer = self._timers.get(each)
            if timer is not None and timer.holder == holder:
                del self._timers[each]

    async def overdue_seconds(self, kind: str) -> float:
        return await self._wire.ask("deadlines.overdue_seconds", lambda: self._overdue_seconds(kind))

    def _overdue_seconds(self, kind: str) -> float:
        now = self._database.now()
        return max([0.0, *((now - timer.deadline.at).total_seconds() for timer in self._due(kind))])

    def _due(self, kind: str) -> list[Timer]:
        now = self._database.now()
        due = [timer for timer in self._timers.values() if timer.deadline.kind == kind and timer.deadline.at <= now]
        return sorted(due, key=lambda timer: timer.deadline.at)
