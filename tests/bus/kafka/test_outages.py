"""A broker that is killed, comes back, or stops for a while, under producers, readers and members."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bus.errors import BusError, Unavailable, UnknownOutcome
from bus.kafka import KafkaBus
from bus.kafka.producer import ProducerConfig
from bus.ports import EARLIEST, Outgoing, Partition, Producer
from parley.local import kafka
from parley.local.children import Child
from parley.local.ports import free_ports
from parley.local.readiness import until_ready
from schemas.topics import TopicSpec
from tests.bus.rigs import TIMES, Member, eventually

pytestmark = pytest.mark.real

SECONDS = 60.0
TOPIC = "topic"


class Broker:
    """A broker of one test's own."""

    def __init__(self, directory: Path) -> None:
        port, controller = free_ports(2)
        self.node = kafka.KafkaNode(directory / "kafka", port, controller, heap=("128m", "256m"))
        self._log = directory / "kafka.log"
        self._child: Child | None = None

    async def start(self) -> None:
        self._child = await Child.start(await kafka.prepare(self.node, self._log))
        await until_ready(self._child, SECONDS)

    async def kill(self) -> None:
        child = self._running
        self.signal(signal.SIGKILL)
        await child.wait()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._running.pid, number)

    async def stop(self) -> None:
        await self._running.stop()

    @property
    def _running(self) -> Child:
        assert self._child is not None
        return self._child


@asynccontextmanager
async def process(broker: Broker, delivery_seconds: float) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(
        broker.node.address,
        times=TIMES,
        producer=ProducerConfig(delivery_seconds=delivery_seconds),
        chance=random.Random(1),
    )
    try:
        yield bus
    finally:
        await bus.close()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    started = Broker(tmp_path)
    await started.start()
    yield started
    await started.stop()


async def send_until_told(producer: Producer, value: bytes) -> int:
    """As whoever has to have it there: again, until it is known to be there. The offset of the last try."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return (await producer.send(Outgoing(TOPIC, value, partition=0))).offset
            except (Unavailable, UnknownOutcome):
                await asyncio.sleep(0.1)


async def test_a_killed_broker_loses_nothing_that_was_acknowledged(broker: Broker) -> None:
    async with process(broker, 2.0) as bus:
        await bus.admin().create([TopicSpec(TOPIC, 2)])
        producer, reader = bus.producer(), bus.reader()
        reader.add({Partition(TOPIC, number): EARLIEST for number in range(2)})
        member = Member(bus, "group", TOPIC, "slot")
        found: list[bytes | None] = []
        count = 400

        async def write() -> None:
            for number in range(count):
                await send_until_told(producer, str(number).encode())
                await asyncio.sleep(0.005)

        async def read() -> None:
            while str(count - 1).encode() not in found:
                for records in (await reader.poll(0.5)).values():
                    found.extend(record.value for record in records)

        async with member.running(), asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
            await eventually(lambda: len(member.owned) == 2)
            tasks.create_task(write())
            tasks.create_task(read())
            await eventually(lambda: len(found) > 20)
            await broker.kill()
            await asyncio.sleep(1)
            await broker.start()
            await eventually(lambda: len(member.owned) == 2)
            await commit_until_told(member)
        firsts = list(dict.fromkeys(found))
        assert firsts == [str(number).encode() for number in range(count)]
        assert reader.places()[Partition(TOPIC, 0)] == len(found)


async def commit_until_told(member: Member) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await member.membership.commit({0: 1})
            except BusError:
                await asyncio.sleep(0.1)
            else:
                return


async def test_a_broker_that_stops_for_a_while_is_given_up_and_found_again(broker: Broker) -> None:
    async with process(broker, 1.0) as bus:
        await bus.admin().create([TopicSpec(TOPIC, 1)])
        producer, reader = bus.producer(), bus.reader()
        reader.add({Partition(TOPIC): EARLIEST})
        await send_until_told(producer, b"before")
        broker.signal(signal.SIGSTOP)
        try:
            under_way = [await producer.enqueue(Outgoing(TOPIC, b"during")) for _ in range(3)]
            told = await asyncio.wait_for(asyncio.gather(*under_way, return_exceptions=True), SECONDS)
            with pytest.raises(Unavailable):
                await asyncio.wait_for(producer.send(Outgoing(TOPIC, b"refused")), SECONDS)
        finally:
            broker.signal(signal.SIGCONT)
        assert {type(outcome) for outcome in told} <= {UnknownOutcome, Unavailable}
        await send_until_told(producer, b"after")
        found: list[bytes | None] = []
        async with asyncio.timeout(SECONDS):
            while b"after" not in found:
                found += [r.value for records in (await reader.poll(0.5)).values() for r in records]
        assert found[0] == b"before"
        assert found.count(b"during") <= 3
        assert found.count(b"refused") == 0
