"""The reader over two brokers between which partitions move."""

import asyncio
import random
from types import SimpleNamespace
from typing import Any, cast

from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from bus.errors import Unavailable
from bus.kafka.fetch_request import SESSION_EPOCH_INVALID, SessionFetchRequest
from bus.kafka.link import Link
from bus.kafka.reader import KafkaReader
from bus.kafka.topology import by_topic
from bus.ports import Partition
from tests.bus.rigs import SECONDS, from_start

ONE, TWO = Partition("one"), Partition("two")
NOT_LEADER = 6
NOTHING = 0


class TwoBrokers:
    """Leaders and records are the test's to set; each broker keeps one session."""

    def __init__(self) -> None:
        self.leaders: dict[Partition, int | None] = {ONE: 1, TWO: 2}
        self.values: dict[Partition, list[str]] = {ONE: [], TWO: []}
        self.away: set[int] = set()
        self._sessions: dict[int, tuple[int, dict[Partition, int]]] = {}

    def new_lane(self) -> int:
        return 1

    async def ask_any(self, request: MetadataRequest) -> Any:
        await asyncio.sleep(0)
        topics: list[tuple[Any, ...]] = [
            (NOTHING, p.topic, False, [(NOTHING, p.number, -1 if leader is None else leader, [], [])])
            for p, leader in self.leaders.items()
            if p.topic in request._topics
        ]
        return SimpleNamespace(topics=topics)

    async def ask(self, node: int, request: object, lane: int = 0) -> Any:
        await asyncio.sleep(0.001)
        if node in self.away:
            self._sessions.pop(node, None)
            raise Unavailable("away")
        if isinstance(request, OffsetRequest):
            return SimpleNamespace(
                topics=[(t, [(n, NOTHING, -1, 0) for n, _ in asked]) for t, asked in request._topics]
            )
        assert isinstance(request, SessionFetchRequest)
        return self._fetch(node, request)

    def _fetch(self, node: int, request: SessionFetchRequest) -> Any:
        fetch = request._fetch
        epoch, known = self._sessions.get(node, (0, {}))
        if fetch.epoch == 0:
            known = {}
        elif fetch.epoch != epoch:
            return SimpleNamespace(error_code=SESSION_EPOCH_INVALID, session_id=0, topics=[])
        for partition in fetch.forgotten:
            del known[partition]
        known |= fetch.changed
        self._sessions[node] = (fetch.epoch + 1, known)
        answers = [(p, answer) for p, offset in known.items() if (answer := self._answer(node, p, offset))]
        return SimpleNamespace(error_code=NOTHING, session_id=node, topics=by_topic(answers))

    def _answer(self, node: int, partition: Partition, offset: int) -> tuple[object, ...] | None:
        if self.leaders[partition] != node:
            return (partition.number, NOT_LEADER, -1, None)
        fresh = self.values[partition][offset:]
        return (partition.number, NOTHING, -1, batch(offset, fresh)) if fresh else None


def batch(base: int, values: list[str]) -> bytes:
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
    )
    for offset, value in enumerate(values):
        builder.append(offset, 1_000, key=None, value=value.encode(), headers=[])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    return bytes(data)


class Reading:
    def __init__(self, brokers: TwoBrokers) -> None:
        self.reader = KafkaReader(cast("Link", brokers), random.Random(1))
        self.reader.add(from_start("one", "two"))
        self.found: dict[Partition, list[str]] = {ONE: [], TWO: []}

    async def until(self, brokers: TwoBrokers) -> None:
        """Read until all there is has been found."""
        async with asyncio.timeout(SECONDS):
            while self.found != brokers.values:
                for partition, records in (await self.reader.poll(0.1)).items():
                    self.found[partition] += [(record.value or b"").decode() for record in records]


async def test_a_partition_is_followed_to_its_new_leader() -> None:
    brokers = TwoBrokers()
    reading = Reading(brokers)
    for turn, (one, two) in enumerate([(1, 2), (2, 2), (2, 1), (1, 1), (1, 2)]):
        brokers.leaders |= {ONE: one, TWO: two}
        brokers.values[ONE].append(f"one {turn}")
        brokers.values[TWO].append(f"two {turn}")
        await reading.until(brokers)
    await reading.reader.close()


async def test_a_dead_brokers_partitions_are_read_where_they_went() -> None:
    brokers = TwoBrokers()
    reading = Reading(brokers)
    brokers.values[ONE].append("before")
    await reading.until(brokers)
    brokers.away = {1}
    brokers.leaders[ONE] = None
    brokers.values[TWO].append("nobody waits for one")
    await reading.until(brokers)
    brokers.leaders[ONE] = 2
    brokers.values[ONE].append("after")
    await reading.until(brokers)
    brokers.away = set()
    brokers.leaders[ONE] = 1
    brokers.values[ONE].append("back")
    await reading.until(brokers)
    await reading.reader.close()


async def test_a_session_lost_with_the_answer_is_begun_anew() -> None:
    brokers = TwoBrokers()
    reading = Reading(brokers)
    for turn in range(5):
        brokers.values[ONE].append(str(turn))
        brokers.values[TWO].append(str(turn))
        await reading.until(brokers)
        brokers._sessions.clear()
    await reading.reader.close()
