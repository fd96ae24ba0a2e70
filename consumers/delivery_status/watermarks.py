"""Until when the receipts that Kafka had taken are stored, for those who must not act on less."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple

import structlog

from bus.errors import BusError
from bus.ports import Admin, Partition
from schemas import metrics
from schemas.topics import RECEIPTS
from store.errors import StoreError
from store.ports import ReceiptWatermarks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WatermarkConfig:
    interval_seconds: float = 1.0
    sightings: int = 600
    """How many ends of a partition are waited for at once; beyond that, none is added until one is reached."""


class _Sighting(NamedTuple):
    """Whatever Kafka had taken by `at` has an offset below `end`."""

    at: datetime
    end: int


@dataclass(slots=True)
class _Awaited:
    sightings: deque[_Sighting] = field(default_factory=deque)

    def reached(self, position: int) -> datetime | None:
        """The latest sighting that is behind us at this position."""
        at = None
        while self.sightings and self.sightings[0].end <= position:
            at = self.sightings.popleft().at
        return at


class WatermarkKeeper:
    """Looks at the end of each partition, and waits until the group has committed as much.

    Nothing here depends on who owns which partition: every process of the group may do it, and an idle partition moves
    on like a busy one. `now` is the clock that watermarks are told by; offsets are committed after receipts are stored.
    """

    def __init__(
        self,
        group: str,
        admin: Admin,
        watermarks: ReceiptWatermarks,
        now: Callable[[], datetime],
        random: Random,
        config: WatermarkConfig,
    ) -> None:
        self._group = group
        self._admin = admin
        self._watermarks = watermarks
        self._now = now
        self._random = random
        self._config = config
        self._awaited: dict[Partition, _Awaited] = {}

    async def run(self) -> None:
        """Keep the watermarks moving, until cancelled. While Kafka or MongoDB is away they stand still."""
        while True:
            try:
                await self.look()
            except (BusError, StoreError) as error:
                metrics.DELIVERY_STATUS_WATERMARK_FAILURES.inc()
                log.warning("watermarks_not_moved", error=repr(error))
            await asyncio.sleep(self._config.interval_seconds * self._random.uniform(0.8, 1.2))

    async def look(self) -> None:
        """See how far the log goes, and raise the watermarks of what the group has behind it. Raises BusError,
        StoreError."""
        await self._see_ends()
        positions = await self._positions()
        reached = {p.number: at for p, one in self._awaited.items() if (at := one.reached(positions[p])) is not None}
        if reached:
            await self._watermarks.advance(reached)

    async def _see_ends(self) -> None:
        if not self._awaited:
            count = (await self._admin.topics(RECEIPTS)).get(RECEIPTS, 0)
            self._awaited = {Partition(RECEIPTS, number): _Awaited() for number in range(count)}
        at = self._now()  # before asking: what is taken meanwhile may lie on either side of the end
        for partition, end in (await self._admin.end_offsets(self._awaited)).items():
            sightings = self._awaited[partition].sightings
            if len(sightings) < self._config.sightings:
                sightings.append(_Sighting(at, end))

    async def _positions(self) -> Mapping[Partition, int]:
        """How far each partition is done: committed, or taken away by retention."""
        committed = await self._admin.committed(self._group, RECEIPTS)
        starts = await self._admin.start_offsets(self._awaited)
        return {p: max(committed.get(p.number, 0), starts.get(p, 0)) for p in self._awaited}
