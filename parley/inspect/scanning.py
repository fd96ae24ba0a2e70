"""Reading a bounded part of the log: from where to where is settled before the first record is read."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import NamedTuple

from bus.ports import Admin, Bus, Partition, Record

POLL_SECONDS = 0.5
POLL_RECORDS = 5_000


class Span(NamedTuple):
    """The records of a partition from `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return max(0, self.end - self.start)

    def newest(self, count: int) -> "Span":
        return Span(max(self.start, self.end - count), self.end)

    def oldest(self, count: int) -> "Span":
        return Span(self.start, min(self.end, self.start + count))


Spans = Mapping[Partition, Span]


async def spans(admin: Admin, partitions: Iterable[Partition], since: int | None, until: int | None = None) -> Spans:
    """What there is between two instants (epoch milliseconds). Partitions that do not exist are left out.

    Raises Unavailable.
    """
    wanted = tuple(partitions)
    starts = await (admin.start_offsets(wanted) if since is None else admin.offsets_at(wanted, since))
    ends = await (admin.end_offsets(wanted) if until is None else admin.offsets_at(wanted, until))
    return {partition: Span(start, ends[partition]) for partition, start in starts.items() if partition in ends}


async def scan(bus: Bus, wanted: Spans) -> AsyncGenerator[Record, None]:
    """The records of these spans, in offset order per partition. To be closed when it is not read to its end.

    It has no time limit of its own: the caller has one.
    """
    rest = {partition: span for partition, span in wanted.items() if span.size}
    reader = bus.reader()
    try:
        reader.add({partition: span.start for partition, span in rest.items()})
        while rest:
            for partition, records in (await reader.poll(POLL_SECONDS, POLL_RECORDS)).items():
                for record in records:
                    if record.offset < wanted[partition].end:
                        yield record
            places = reader.places()
            done = [partition for partition, span in rest.items() if places.get(partition, span.end) >= span.end]
            reader.remove(done)
            for partition in done:
                del rest[partition]
    finally:
        await reader.close()


async def collect(bus: Bus, wanted: Spans) -> list[Record]:
    """All records of these spans."""
    async with aclosing(scan(bus, wanted)) as records:
        return [record async for record in records]


async def first_of_each(bus: Bus, wanted: Spans) -> Mapping[Partition, Record]:
    """The oldest record of each span that has one."""
    first: dict[Partition, Record] = {}
    rest = {partition: span for partition, span in wanted.items() if span.size}
    reader = bus.reader()
    try:
        reader.add({partition: span.start for partition, span in rest.items()})
        while rest:
            for partition, records in (await reader.poll(POLL_SECONDS)).items():
                if records[0].offset < wanted[partition].end:
                    first[partition] = records[0]
            places = reader.places()
            done = [p for p, span in rest.items() if p in first or places.get(p, span.end) >= span.end]
            reader.remove(done)
            for partition in done:
                del rest[partition]
    finally:
        await reader.close()
    return first
