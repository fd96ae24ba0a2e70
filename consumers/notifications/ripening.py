"""Records handed out when they are ripe: some seconds old, and everything of that time known of who received what.

A partition waits at its first record that is not ripe, in order; others go on. Old records are ripe at once, so a
replay waits for nothing. Since it waits here and not in a handler, whoever reads stays free to poll, to give a
partition up and to commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bus.ports import Partition, Reader, Record
from schemas.times import to_millis
from store.errors import StoreUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RipeningConfig:
    age_seconds: float = 10.0
    look_seconds: float = 0.25
    """How often to look whether a watermark has moved."""
    held: int = 1000
    """Records of one partition that are held at most; above it the partition is not read, below half of it again."""


class RipeReader:
    """Obeys `bus.ports.Reader` over another reader.

    A record is ripe `age_seconds` after its time, when the watermark of its partition number has passed that moment
    too. A partition without a watermark has nothing ripe.
    """

    def __init__(
        self,
        inner: Reader,
        watermarks: Callable[[], Awaitable[Mapping[int, datetime]]],
        now: Callable[[], int],
        config: RipeningConfig,
    ) -> None:
        """`now` in epoch milliseconds; `watermarks` may raise StoreUnavailable, and nothing ripens meanwhile."""
        self._inner = inner
        self._load = watermarks
        self._now = now
        self._config = config
        self._age = round(config.age_seconds * 1000)
        self._held: dict[Partition, deque[Record]] = {}
        self._resting: dict[Partition, int] = {}
        """Partitions that are not read for a while, because enough of them is held, with the next offset."""
        self._watermarks: dict[int, int] = {}

    def add(self, places: Mapping[Partition, int]) -> None:
        self._forget(places)
        self._inner.add(places)

    def remove(self, partitions: Iterable[Partition]) -> None:
        gone = tuple(partitions)
        self._forget(gone)
        self._inner.remove(gone)

    def prompt(self, partitions: Iterable[Partition]) -> None:
        self._inner.prompt(partitions)

    def _forget(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            self._held.pop(partition, None)
            self._resting.pop(partition, None)

    def places(self) -> Mapping[Partition, int]:
        held = {partition: records[0].offset for partition, records in self._held.items() if records}
        return {**self._inner.places(), **self._resting, **held}

    async def poll(self, max_wait: float, max_records: int | None = None) -> Mapping[Partition, Sequence[Record]]:
        clock = asyncio.get_running_loop().time
        deadline = clock() + max_wait
        while True:
            await self._look()
            ripe = self._take(2**31 if max_records is None else max_records)
            remaining = deadline - clock()
            if ripe or remaining <= 0:
                return ripe
            await self._read(min(remaining, self._until_next_look()))

    async def _read(self, wait: float) -> None:
        for partition, records in (await self._inner.poll(wait)).items():
            held = self._held.setdefault(partition, deque())
            held.extend(records)
            if len(held) >= self._config.held:
                self._resting[partition] = held[-1].offset + 1
                self._inner.remove([partition])

    async def _look(self) -> None:
        """Read the watermarks, if one that was not far enough holds anything up."""
        if not any(self._is_aged(records[0]) and not self._is_passed(records[0]) for records in self._heads()):
            return
        try:
            found = await self._load()
        except StoreUnavailable as error:
            log.warning("watermarks_not_read", error=repr(error))
            return
        self._watermarks = {number: to_millis(instant) for number, instant in found.items()}

    def _heads(self) -> Iterable[deque[Record]]:
        return (records for records in self._held.values() if records)

    def _take(self, room: int) -> Mapping[Partition, Sequence[Record]]:
        found: dict[Partition, Sequence[Record]] = {}
        for partition, held in self._held.items():
            ripe: list[Record] = []
            while held and room > len(ripe) and self._is_aged(held[0]) and self._is_passed(held[0]):
                ripe.append(held.popleft())
            if ripe:
                found[partition] = ripe
                room -= len(ripe)
        for partition in found:
            self._held[partition] = self._held.pop(partition)  # to the end of the queue: none is starved
            self._wake(partition)
        return found

    def _wake(self, partition: Partition) -> None:
        if partition in self._resting and len(self._held[partition]) <= self._config.held // 2:
            self._inner.add({partition: self._resting.pop(partition)})

    def _is_aged(self, record: Record) -> bool:
        return record.timestamp + self._age <= self._now()

    def _is_passed(self, record: Record) -> bool:
        return self._watermarks.get(record.partition, 0) >= record.timestamp + self._age

    def _until_next_look(self) -> float:
        """Seconds until the next record is old enough; while one is that, until the watermarks are looked at again."""
        ages = [(records[0].timestamp + self._age - self._now()) / 1000 for records in self._heads()]
        soonest = min(ages, default=float("inf"))
        return self._config.look_seconds if soonest <= 0 else soonest

    async def close(self) -> None:
        await self._inner.close()
