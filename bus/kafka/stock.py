"""What was fetched and not yet handed out: record batches, taken apart only when their records are asked for."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from aiokafka.record.memory_records import MemoryRecords

from bus.ports import Partition, Record
from schemas.headers import Headers


class _Entry(Protocol):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Chunk(NamedTuple):
    """One whole record batch; its entries go on where they were left."""

    entries: Iterator[_Entry]
    next_offset: int
    size: int


class CorruptBatchError(Exception):
    """The checksum of a batch is not that of its bytes."""


def chunks_of(data: bytes) -> Sequence[Chunk]:
    """The whole batches in a partition's share of a fetch response. Raises CorruptBatchError."""
    batches = []
    records = MemoryRecords(data)
    while records.has_next():
        batch = records.next_batch()
        if not batch.validate_crc():
            raise CorruptBatchError
        batches.append(batch)
    return [
        Chunk(
            iter(()) if batch.is_control_batch else (entry for entry in batch),
            batch.next_offset,
            len(data) // len(batches),
        )
        for batch in batches
    ]


@dataclass(slots=True)
class _Lane:
    place: int
    chunks: deque[Chunk] = field(default_factory=deque)

    def take(self, partition: Partition, limit: int) -> tuple[list[Record], int]:
        """Up to `limit` records from `place` on, and the bytes that are done with."""
        taken: list[Record] = []
        done = 0
        while self.chunks and len(taken) < limit:
            chunk = self.chunks[0]
            if self._take_from(chunk.entries, partition, limit, taken):
                break
            self.place = max(self.place, chunk.next_offset)
            done += chunk.size
            self.chunks.popleft()
        return taken, done

    def _take_from(self, entries: Iterator[_Entry], partition: Partition, limit: int, taken: list[Record]) -> bool:
        """Whether the limit was reached."""
        topic, number = partition
        for entry in entries:
            offset = entry.offset
            if offset < self.place:
                continue
            taken.append(Record(topic, number, offset, entry.timestamp, entry.key, entry.value, tuple(entry.headers)))
            self.place = offset + 1
            if len(taken) == limit:
                return True
        return False


class Stock:
    """Lanes by partition, served in turns: one that has more than was asked for stands behind the others next time."""

    def __init__(self) -> None:
        self._lanes: dict[Partition, _Lane] = {}
        self.size = 0
        """Bytes not yet handed out."""

    def __contains__(self, partition: Partition) -> bool:
        return partition in self._lanes

    def put(self, partition: Partition, place: int, chunks: Sequence[Chunk]) -> None:
        """Add what follows what is there; `place` is the next offset to be handed out where nothing is."""
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = _Lane(place)
        lane.chunks.extend(chunks)
        self.size += sum(chunk.size for chunk in chunks)

    def drop(self, partition: Partition) -> None:
        lane = self._lanes.pop(partition, None)
        if lane is not None:
            self.size -= sum(chunk.size for chunk in lane.chunks)

    def take(self, limit: int) -> tuple[Mapping[Partition, Sequence[Record]], Mapping[Partition, int]]:
        """Up to `limit` records, and the next offset of each partition that was looked at."""
        found: dict[Partition, Sequence[Record]] = {}
        places: dict[Partition, int] = {}
        while self._lanes and limit:
            partition = next(iter(self._lanes))
            lane = self._lanes.pop(partition)
            records, done = lane.take(partition, limit)
            self.size -= done
            limit -= len(records)
            places[partition] = lane.place
            if records:
                found[partition] = records
            if lane.chunks:
                self._lanes[partition] = lane
        return found, places
