"""Deadlines: what has to be done at a time, done when that has come, whoever died meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError
from schemas import metrics
from store.errors import StoreError
from store.ports import Deadline, Deadlines

log = structlog.get_logger(__name__)

Due = Callable[[Sequence[Deadline]], Awaitable[None]]
"""Does what some deadlines of one kind are for. They may come again, all or some; raises BusError or StoreError to have
them come again."""


@dataclass(frozen=True, slots=True)
class DeadlinesConfig:
    every_seconds: float = 1.0
    lease_seconds: float = 30.0
    """Whoever claimed deadlines and has not handled them by then is taken for dead: the next gets them."""
    at_once: int = 500


class DeadlineKeeper:
    """Handles deadlines as they fall due: each at least once, on time but for a second, after a death once the lease of
    whoever had it in hand is over. Any number may run at once."""

    def __init__(
        self, deadlines: Deadlines, handlers: Mapping[str, Due], random: Random, config: DeadlinesConfig
    ) -> None:
        """`handlers`: by kind."""
        self._deadlines = deadlines
        self._handlers = handlers
        self._random = random
        self._config = config

    async def run(self) -> None:
        while True:
            for kind, handler in self._handlers.items():
                try:
                    await self.handle(kind, handler)
                except (BusError, StoreError) as error:
                    log.warning("deadlines_delayed", kind=kind, error=repr(error))
            await asyncio.sleep(self._config.every_seconds * self._random.uniform(0.8, 1.2))

    async def handle(self, kind: str, handler: Due) -> None:
        """Handle all of one kind that are due. Raises what the handler raises; the rest waits for its lease to end."""
        metrics.DEADLINES_OVERDUE.labels(kind).set(await self._deadlines.overdue_seconds(kind))
        while due := await self._claim(kind, holder := f"{self._random.getrandbits(64):016x}"):
            await handler(due)
            await self._deadlines.done(holder, [deadline.id for deadline in due])
            metrics.DEADLINES_FIRED.labels(kind).inc(len(due))

    async def _claim(self, kind: str, holder: str) -> Sequence[Deadline]:
        return await self._deadlines.claim(kind, holder, self._config.lease_seconds, self._config.at_once)
