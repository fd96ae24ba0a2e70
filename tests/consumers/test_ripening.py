"""Records come when they are old enough and receipts are in, in order, and nobody waits for another's."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bus.ports import EARLIEST, Outgoing, Partition
from consumers.notifications.ripening import RipeningConfig, RipeReader
from schemas.times import to_millis
from store.errors import StoreUnavailable
from tests.consumers.world import World, in_world
from tests.simulation.clock import BEGINNING, VirtualLoop

TOPIC = "events"
FAR = BEGINNING + timedelta(days=1)


class Receipts:
    """How far delivery status is, and how often it was asked."""

    def __init__(self) -> None:
        self.reached: dict[int, datetime] = dict.fromkeys(range(32), FAR)
        self.asked = 0
        self.away = False

    async def load(self) -> Mapping[int, datetime]:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("on purpose")
        return self.reached


def reader(world: World, receipts: Receipts, held: int = 1000) -> RipeReader:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    made = RipeReader(world.bus.reader(), receipts.load, lambda: to_millis(loop.now()), RipeningConfig(held=held))
    made.add({Partition(TOPIC, number): EARLIEST for number in range(world.cluster.topics()[TOPIC])})
    return made


async def put(world: World, partition: int, *values: str) -> None:
    for value in values:
        await world.producer.send(Outgoing(TOPIC, value.encode(), partition=partition))


async def next_values(subject: RipeReader, limit: int | None = None) -> dict[int, list[str]]:
    found = await subject.poll(60.0, limit)
    return {partition.number: [(one.value or b"").decode() for one in records] for partition, records in found.items()}


def seconds() -> float:
    return round(asyncio.get_running_loop().time(), 3)


@in_world
async def test_a_record_comes_when_it_is_ten_seconds_old(world: World) -> None:
    subject = reader(world, Receipts())
    await put(world, 3, "a")
    assert await subject.poll(9.9) == {}
    assert await next_values(subject) == {3: ["a"]}
    assert seconds() == 10.0


@in_world
async def test_old_records_come_at_once(world: World) -> None:
    await put(world, 3, "a", "b")
    await put(world, 2, "c")
    await asyncio.sleep(1000)
    assert await next_values(reader(world, Receipts())) == {3: ["a", "b"], 2: ["c"]}
    assert seconds() == 1000.0


@in_world
async def test_a_partition_waits_for_its_receipts_and_no_other_does(world: World) -> None:
    receipts = Receipts()
    receipts.reached[3] = BEGINNING + timedelta(seconds=9.999)
    subject = reader(world, receipts)
    await put(world, 3, "a")
    await put(world, 2, "b")
    assert await next_values(subject) == {2: ["b"]}
    assert await subject.poll(30.0) == {}
    receipts.reached[3] = BEGINNING + timedelta(seconds=10)
    assert await next_values(subject) == {3: ["a"]}


@in_world
async def test_without_a_watermark_nothing_is_ripe(world: World) -> None:
    receipts = Receipts()
    del receipts.reached[3]
    subject = reader(world, receipts)
    await put(world, 3, "a")
    await asyncio.sleep(100)
    assert await subject.poll(100.0) == {}


@in_world
async def test_while_watermarks_cannot_be_read_it_waits(world: World) -> None:
    receipts = Receipts()
    receipts.away = True
    subject = reader(world, receipts)
    await put(world, 3, "a")
    assert await subject.poll(30.0) == {}
    receipts.away = False
    assert await next_values(subject) == {3: ["a"]}


@in_world
async def test_order_holds_and_the_rest_stays_for_later(world: World) -> None:
    subject = reader(world, Receipts())
    await put(world, 3, "a", "b")
    await asyncio.sleep(5)
    await put(world, 3, "c")
    await asyncio.sleep(6)
    assert await next_values(subject, 1) == {3: ["a"]}
    assert subject.places()[Partition(TOPIC, 3)] == 1
    assert await next_values(subject, 5) == {3: ["b"]}
    assert await next_values(subject) == {3: ["c"]}
    assert subject.places()[Partition(TOPIC, 3)] == 3


@in_world
async def test_none_is_starved_by_a_limit(world: World) -> None:
    subject = reader(world, Receipts())
    for number in (1, 2, 3):
        await put(world, number, *"abcdef")
    await asyncio.sleep(20)
    first = [next(iter(await next_values(subject, 2))) for _ in range(3)]
    assert sorted(first) == [1, 2, 3]


@in_world
async def test_watermarks_are_asked_for_only_when_one_holds_something_up(world: World) -> None:
    receipts = Receipts()
    subject = reader(world, receipts)
    await put(world, 3, "a", "b", "c")
    await asyncio.sleep(60)
    for _ in range(3):
        assert await next_values(subject, 1)
    assert await subject.poll(60.0) == {}
    assert receipts.asked == 1


@in_world
async def test_what_is_held_is_bounded_and_nothing_is_lost(world: World) -> None:
    receipts = Receipts()
    del receipts.reached[3]
    subject = reader(world, receipts, held=10)
    for number in range(50):
        await put(world, 3, f"{number}")
    await put(world, 2, "other")
    assert await next_values(subject) == {2: ["other"]}
    for _ in range(20):
        await subject.poll(1.0)
    held = sum(len(records) for records in subject._held.values())
    assert 10 <= held < 60
    assert Partition(TOPIC, 3) not in subject._inner.places()

    receipts.reached[3] = FAR
    found: list[str] = []
    while len(found) < 50:
        found += (await next_values(subject, 7))[3]
    assert found == [f"{number}" for number in range(50)]


@in_world
async def test_what_is_given_up_is_forgotten_and_read_again_from_where_it_is_wanted(world: World) -> None:
    subject = reader(world, Receipts())
    await put(world, 3, "a", "b")
    assert await subject.poll(5.0) == {}
    subject.remove([Partition(TOPIC, 3)])
    assert await subject.poll(30.0) == {}
    assert Partition(TOPIC, 3) not in subject.places()
    subject.add({Partition(TOPIC, 3): 1})
    assert await next_values(subject) == {3: ["b"]}


@in_world
async def test_cancelling_loses_nothing(world: World) -> None:
    subject = reader(world, Receipts())
    await put(world, 3, "a")
    for _ in range(5):
        waiting = asyncio.create_task(subject.poll(60.0))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert await next_values(subject) == {3: ["a"]}
