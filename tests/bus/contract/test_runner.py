"""The group runner over either bus: what one member leaves, the next takes up."""

import asyncio
import time
from collections.abc import Sequence
from random import Random

from bus.ports import Bus, Outgoing, Partition, Record
from bus.runner import GroupRunner, RunnerConfig
from tests.bus.rigs import Rig, eventually


class Recorder:
    def __init__(self) -> None:
        self.handled: list[Record] = []
        self.owned: set[int] = set()

    async def handle(self, records: Sequence[Record]) -> None:
        await asyncio.sleep(0.005)
        self.handled += records
        self.owned |= {record.partition for record in records}

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        raise error

    def lost(self, partitions: frozenset[Partition]) -> None:
        self.owned -= {partition.number for partition in partitions}


def runner(bus: Bus, group: str, topic: str, slot: str, handler: Recorder) -> GroupRunner:
    config = RunnerConfig(group, topic, poll_seconds=0.1, commit_seconds=0.2)
    membership = bus.membership(group, topic, slot)
    return GroupRunner(
        membership, bus.reader(), bus.producer(), handler, Random(1), lambda: time.time_ns() // 1_000_000, config
    )


async def test_members_come_and_go_and_nothing_is_left_out(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    one, two = Recorder(), Recorder()
    count = 400

    async def write() -> None:
        for number in range(count):
            await rig.producer.send(Outgoing(topic, str(number // 4).encode(), partition=number % 4))
            await asyncio.sleep(0.002)

    first = runner(rig.bus, group, topic, "one", one)
    second = runner(rig.process(), group, topic, "two", two)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        staying = tasks.create_task(first.run())
        await eventually(lambda: len(one.handled) > 40)
        leaving = tasks.create_task(second.run())
        await eventually(lambda: len(two.handled) > 10)
        assert len(two.owned) == 2
        leaving.cancel()
        await eventually(lambda: len({(r.partition, r.offset) for r in one.handled + two.handled}) == count)
        staying.cancel()
    for handler in (one, two):
        for number in range(4):
            offsets = list(dict.fromkeys(record.offset for record in handler.handled if record.partition == number))
            assert offsets == sorted(offsets)
    assert await rig.admin.committed(group, topic) == dict.fromkeys(range(4), 100)
    # What was handled was committed before it was handed over: nothing came twice.
    assert len(one.handled) + len(two.handled) == count
