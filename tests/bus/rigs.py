"""The bus's two implementations, each with what a test of the contract asks of its surroundings."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from bus.kafka import KafkaBus
from bus.membership import MembershipTimes
from bus.memory import MemoryBus, MemoryCluster
from bus.ports import EARLIEST, Admin, Bus, Outgoing, Ownership, Partition, Record
from schemas.topics import TopicSpec

TIMES = MembershipTimes(session=6.0, heartbeat=0.1)
"""Brokers allow no shorter session."""
APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
SECONDS = 20.0
"""Within which anything that a test waits for has to happen."""


class Cluster(Protocol):
    """What is shared by processes, each with a bus of its own."""

    def new_bus(self) -> Bus: ...

    async def truncate(self, partition: Partition, before: int) -> None:
        """Remove the records below an offset, as retention does."""


class InMemory:
    def __init__(self) -> None:
        self._cluster = MemoryCluster(lambda: time.time_ns() // 1_000_000, replace(TIMES, session=0.5))

    def new_bus(self) -> Bus:
        return MemoryBus(self._cluster)

    async def truncate(self, partition: Partition, before: int) -> None:
        self._cluster.truncate(partition, before)


class OnKafka:
    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    def new_bus(self) -> Bus:
        return KafkaBus(self._bootstrap, times=TIMES, chance=random.Random(1))

    async def truncate(self, partition: Partition, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(*partition): RecordsToDelete(before)})
        finally:
            await admin.close()


class Rig:
    """A cluster, and one process's bus on it. Everything that is asked for here is put away after the test."""

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self.cluster = cluster
        self._prefix = prefix
        self._numbers = count()
        self._buses: list[Bus] = []
        self.bus = self.process()
        self.admin = self.bus.admin()
        self.producer = self.bus.producer()
        self.reader = self.bus.reader()

    def process(self) -> Bus:
        """The bus of one more process."""
        bus = self.cluster.new_bus()
        self._buses.append(bus)
        return bus

    def name(self) -> str:
        """For a topic or a group that is not there yet."""
        return f"{self._prefix}{next(self._numbers)}"

    async def topic(self, partitions: int = 1, config: Mapping[str, str] = APPEND_TIME) -> str:
        name = self.name()
        await self.admin.create([TopicSpec(name, partitions, config)])
        return name

    async def put(self, topic: str, *values: str, partition: int = 0) -> None:
        sent = [await self.producer.enqueue(Outgoing(topic, v.encode(), partition=partition)) for v in values]
        await asyncio.gather(*sent)

    async def read(self, count: int, max_records: int | None = None) -> list[Record]:
        """The next records of `reader`, of all partitions."""
        found: list[Record] = []
        async with asyncio.timeout(SECONDS):
            while len(found) < count:
                polled = await self.reader.poll(1.0, max_records)
                found += [record for records in polled.values() for record in records]
        return found

    async def close(self) -> None:
        await self.admin.delete(await self.admin.topics(self._prefix))
        for bus in self._buses:
            await bus.close()


def values(records: list[Record]) -> list[str]:
    return [(record.value or b"").decode() for record in records]


def from_start(*topics: str) -> dict[Partition, int]:
    return {Partition(topic): EARLIEST for topic in topics}


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def until_gone(admin: Admin, topic: str) -> None:
    """Until no broker that is asked lists a topic that was deleted."""
    async with asyncio.timeout(SECONDS):
        while topic in await admin.topics(topic):
            await asyncio.sleep(0.01)


async def _nothing() -> None:
    await asyncio.sleep(0)


class Member:
    """A member of a group that remembers what it was told."""

    def __init__(self, bus: Bus, group: str, topic: str, slot: str) -> None:
        self.membership = bus.membership(group, topic, slot)
        self.owned: frozenset[int] = frozenset()
        self.revocations: list[frozenset[int]] = []
        self.on_revoked: Callable[[], Awaitable[object]] = _nothing

    def _assigned(self, partitions: frozenset[int]) -> None:
        self.owned = partitions

    async def _revoked(self, partitions: frozenset[int]) -> None:
        await asyncio.sleep(0.05)
        await self.on_revoked()
        self.owned -= partitions
        self.revocations.append(partitions)

    async def run(self) -> None:
        await self.membership.run(Ownership(self._assigned, self._revoked))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(self.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])
