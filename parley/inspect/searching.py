"""Finding the records of one command: from a known time on, and so far and no further."""

from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from bus.ports import Bus, Partition, Record
from parley.inspect.scanning import scan, spans

CLOCKS_DIFFER = timedelta(seconds=5)
"""How far the clocks of brokers and processes are taken to be apart at most, where a time says where to begin."""


@dataclass(frozen=True, slots=True)
class Found:
    records: Sequence[Record]
    """In order of time."""
    why_not: str = ""
    """Why there is nothing, where there is nothing."""
    complete: bool = True
    """Whether everything that is left from then on was looked at."""


class Search:
    """Reads at most `limit` records of each partition."""

    def __init__(self, bus: Bus, limit: int) -> None:
        self._bus = bus
        self._limit = limit

    async def find(
        self, partitions: Collection[Partition], since: int | None, matches: Callable[[Record], bool]
    ) -> Found:
        """What matches among the records from an instant on (epoch milliseconds); without one, among the newest.

        Raises Unavailable.
        """
        if not partitions:
            return Found((), "the topic does not exist (any more)")
        there = await spans(self._bus.admin(), partitions, since)
        clipped = {
            partition: span.newest(self._limit) if since is None else span.oldest(self._limit)
            for partition, span in there.items()
        }
        starts = await self._bus.admin().start_offsets(there)
        taken = [partition for partition, span in there.items() if 0 < starts.get(partition, 0) >= span.start]
        async with aclosing(scan(self._bus, clipped)) as records:
            found = [record async for record in records if matches(record)]
        found.sort(key=lambda record: (record.timestamp, record.topic, record.partition, record.offset))
        return Found(found, self._why_not(taken, clipped == there), clipped == there)

    def _why_not(self, taken: Sequence[Partition], all_read: bool) -> str:
        if taken:
            return f"retention has taken it: what is left of {taken[0].topic}/{taken[0].number} is younger"
        return "not there (yet)" if all_read else f"not among the {self._limit} records looked at (--scan: more)"
