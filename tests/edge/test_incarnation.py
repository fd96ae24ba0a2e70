"""The life of a process: its lease, its topic, and what is delivered by it."""

import asyncio
from random import Random

import pytest

from bus.memory import MemoryBus
from bus.ports import Outgoing, Partition
from consumers.session_expiry.leases import LeaseKeeper
from producer_gateway.incarnation import LifeConfig, ProcessLife, Resident
from schemas.deliveries import Deliveries, Delivery
from schemas.headers import Headers, headers
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from tests.edge.world import EdgeWorld, in_world
from tests.virtually import eventually


class Watched:
    """A process's life, and what it told whoever lives in it."""

    def __init__(self, world: EdgeWorld, node: str = "api") -> None:
        self.world = world
        self.failing: set[str] = set()
        self.delivered: list[str] = []
        self.renewed = 0
        store = MemoryStore(world.database, self._on_store)
        self.life = ProcessLife(MemoryBus(world.cluster), store.edges, Random(node), LifeConfig(node))
        self.producer = MemoryBus(world.cluster).producer()

    async def _on_store(self, step: Step) -> None:
        if step.moment == "before" and step.operation in self.failing:
            raise StoreUnavailable(step.operation)
        await asyncio.sleep(0)

    async def begin(self) -> None:
        await self.life.begin()
        self.world.run(self.life.run(Resident(self._deliver, self._renew, lambda: self.delivered.append("missed"))))

    def _deliver(self, delivery: Delivery) -> None:
        self.delivered += delivery.to

    def _renew(self) -> None:
        self.renewed += 1

    async def send(self, *to: str, topic: str | None = None) -> None:
        batch = Deliveries(deliveries=tuple(Delivery(to=(one,), frame={"type": "x"}) for one in to))
        await self.put(batch.model_dump_json().encode(), headers(schema="deliveries/1"), topic)

    async def put(self, value: bytes | None, about: Headers, topic: str | None = None) -> None:
        await self.producer.send(Outgoing(topic or self.life.topic, value, headers=about))


@in_world
async def test_a_life(world: EdgeWorld) -> None:
    watched = Watched(world)
    await watched.begin()
    life = watched.life
    assert life.topic == f"edge.api.{life.incarnation}"
    assert str(life.reply_to("r_1")) == f"{life.topic}/r_1"
    assert life.topic in world.cluster.topics()
    await watched.send("one", "two")
    await watched.send("three")
    await eventually(lambda: watched.delivered == ["one", "two", "three"])
    await asyncio.sleep(30)
    counter = (await world.store.edges.leases())[life.incarnation]
    assert 9 <= counter <= 14
    await life.end()
    assert await world.store.edges.leases() == {}
    assert watched.renewed == 0


@in_world
async def test_a_live_process_does_not_expire(world: EdgeWorld) -> None:
    watched = Watched(world)
    await watched.begin()
    world.run(LeaseKeeper(world.store.edges, world.store.sessions, lambda users: None, Random(1)).run())
    await asyncio.sleep(300)
    assert watched.renewed == 0


@in_world
async def test_a_process_that_cannot_renew_takes_a_new_incarnation(world: EdgeWorld) -> None:
    watched = Watched(world)
    await watched.begin()
    world.run(LeaseKeeper(world.store.edges, world.store.sessions, lambda users: None, Random(1)).run())
    former = watched.life.topic
    watched.failing = {"edges.renew"}
    await asyncio.sleep(20)
    assert await world.store.edges.leases() == {}
    assert watched.renewed == 0
    watched.failing = set()
    await eventually(lambda: watched.renewed == 1)
    assert watched.life.topic != former
    assert set(await world.store.edges.leases()) == {watched.life.incarnation}
    await watched.send("old", topic=former)
    await watched.send("new")
    await eventually(lambda: sorted(watched.delivered) == ["new", "old"])


@in_world
async def test_a_topic_that_is_gone_is_an_end_too(world: EdgeWorld) -> None:
    watched = Watched(world)
    await watched.begin()
    former = watched.life
    incarnation, topic = former.incarnation, former.topic
    world.cluster.delete([topic])
    await eventually(lambda: watched.renewed == 1)
    await eventually(lambda: world.database.leases[incarnation].ended_at is not None)
    await watched.send("new")
    await eventually(lambda: watched.delivered == ["new"])


@in_world
async def test_beginning_waits_for_the_store(world: EdgeWorld) -> None:
    watched = Watched(world)
    watched.failing = {"edges.begin"}
    beginning = asyncio.create_task(watched.begin())
    await asyncio.sleep(10)
    assert not beginning.done()
    watched.failing = set()
    await beginning
    assert watched.life.topic


@pytest.mark.parametrize(
    ("value", "about"),
    [
        (b"not json", headers(schema="deliveries/1")),
        (b'{"deliveries":[{"frame":{}}]}', headers(schema="deliveries/1")),
        (b'{"deliveries":[{"to":["a"]}]}', headers(schema="deliveries/2")),
        (b'{"deliveries":[{"to":["a"]}]}', headers(schema="deliveries")),
        (b'{"deliveries":[{"to":["a"]}]}', ()),
        (None, headers(schema="deliveries/1")),
    ],
)
def test_what_cannot_be_read_was_missed(value: bytes | None, about: Headers) -> None:
    @in_world
    async def scenario(world: EdgeWorld) -> None:
        watched = Watched(world)
        await watched.begin()
        await watched.send("one")
        await watched.put(value, about)
        await watched.send("two")
        await eventually(lambda: watched.delivered == ["one", "missed", "two"])

    scenario()


@in_world
async def test_what_retention_took_was_missed(world: EdgeWorld) -> None:
    watched = Watched(world)
    await watched.life.begin()
    for one in ("one", "two", "three"):
        await watched.send(one)
    world.cluster.truncate(Partition(watched.life.topic), 2)
    world.run(watched.life.run(Resident(watched._deliver, missed=lambda: watched.delivered.append("missed"))))
    await eventually(lambda: watched.delivered == ["missed", "three"])
