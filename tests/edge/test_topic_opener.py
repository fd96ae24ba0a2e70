"""User topics: opened in bulk, once, leased while their users are here, and read from the first record on."""

import asyncio
from collections import Counter
from random import Random

import orjson
import pytest

from bus.errors import Unavailable
from bus.memory import MemoryBus
from bus.memory.checkpoint import Step as BusStep
from bus.ports import Outgoing, Partition
from producer_gateway.topic_opener import OpenerConfig, TopicOpener, UserGone
from schemas.ids import new_user_id
from schemas.topics import USER_TOPICS, user_topic
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from tests.edge.world import EdgeWorld, in_world
from tests.making import ALICE, BOB, user_id
from tests.virtually import eventually

LEASE = 100.0


class Counted:
    """An opener with everything it does counted, and made to fail on demand."""

    def __init__(self, world: EdgeWorld, config: OpenerConfig | None = None) -> None:
        self.world = world
        self.asked: Counter[str] = Counter()
        self.failing: set[str] = set()
        bus = MemoryBus(world.cluster, checkpoint=self._on_bus)
        store = MemoryStore(world.database, self._on_store)
        config = config or OpenerConfig(lease_seconds=LEASE)
        self.opener = TopicOpener(store.user_topics, bus.producer(), bus.admin(), Random(5), config)
        world.run(self.opener.run())

    async def _on_bus(self, step: BusStep) -> None:
        if step.moment == "before":
            self.asked[step.operation] += 1
            if step.operation in self.failing:
                raise Unavailable(step.operation)
        await asyncio.sleep(0.001)

    async def _on_store(self, step: Step) -> None:
        if step.moment == "before":
            self.asked[step.operation] += 1
            if step.operation in self.failing:
                raise StoreUnavailable(step.operation)
        await asyncio.sleep(0.001)

    def announced(self) -> Counter[str]:
        logs = [self.world.cluster.log(Partition(USER_TOPICS, number)) for number in range(64)]
        values = [record.value for log in logs if log for record in log.records]
        return Counter(orjson.loads(value)["topic"] for value in values if value)

    def values(self, topic: str) -> list[bytes | None]:
        log = self.world.cluster.log(Partition(topic))
        assert log is not None
        return [record.value for record in log.records]


@in_world
async def test_a_topic_is_made_begun_and_announced(world: EdgeWorld) -> None:
    counted = Counted(world)
    topic = await counted.opener.topic(ALICE)
    assert topic == user_topic(ALICE, 1) == counted.opener.opened(ALICE)
    assert counted.values(topic) == [b'{"type":"opened"}']
    assert counted.announced() == {topic: 1}
    assert await world.store.user_topics.leased([ALICE]) == {ALICE}
    assert counted.opener.opened(BOB) is None


@in_world
async def test_one_that_exists_is_only_announced(world: EdgeWorld) -> None:
    first, second = Counted(world), Counted(world)
    topic = await first.opener.topic(ALICE)
    assert await second.opener.topic(ALICE) == topic
    assert first.values(topic) == [b'{"type":"opened"}']
    assert first.announced() == {topic: 2}


@in_world
async def test_many_at_once_are_few_requests(world: EdgeWorld) -> None:
    users = [user_id(number) for number in range(100, 1100)]
    await world.users(users)
    counted = Counted(world)
    for user in users:
        counted.opener.hold(user)
    topics = await asyncio.gather(*map(counted.opener.topic, users))
    assert topics == [user_topic(user, 1) for user in users]
    assert counted.asked["user_topics.open"] <= 6
    assert counted.asked["create"] <= 6
    assert counted.announced() == dict.fromkeys(topics, 1)


@in_world
async def test_it_is_opened_once_for_all_who_wait(world: EdgeWorld) -> None:
    counted = Counted(world)
    counted.opener.hold(ALICE)
    assert len(set(await asyncio.gather(*(counted.opener.topic(ALICE) for _ in range(20))))) == 1
    assert counted.asked["user_topics.open"] == 1


@pytest.mark.parametrize("step", ["user_topics.open", "look_up", "create", "produce"])
def test_each_step_is_tried_again(step: str) -> None:
    @in_world
    async def scenario(world: EdgeWorld) -> None:
        counted = Counted(world)
        counted.failing = {step}
        waiting = asyncio.create_task(counted.opener.topic(ALICE))
        await asyncio.sleep(3)
        assert not waiting.done()
        counted.failing = set()
        topic = await waiting
        assert set(counted.values(topic)) <= {b'{"type":"opened"}'}
        assert counted.announced()[topic] >= 1

    scenario()


@in_world
async def test_whoever_waits_too_long_is_told(world: EdgeWorld) -> None:
    counted = Counted(world)
    counted.failing = {"create"}
    started = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await counted.opener.topic(ALICE)
    assert asyncio.get_running_loop().time() - started == pytest.approx(10)
    await asyncio.sleep(60)
    tried = counted.asked["create"]
    await asyncio.sleep(60)
    assert counted.asked["create"] == tried, "nobody wants it any more"


@in_world
async def test_a_user_who_does_not_exist(world: EdgeWorld) -> None:
    counted = Counted(world)
    nobody = new_user_id()
    with pytest.raises(UserGone):
        await asyncio.gather(counted.opener.topic(nobody), counted.opener.topic(ALICE))
    assert await counted.opener.topic(ALICE) == user_topic(ALICE, 1)
    assert user_topic(nobody, 1) not in world.cluster.topics()


@in_world
async def test_the_lease_is_kept_for_those_who_are_here(world: EdgeWorld) -> None:
    counted = Counted(world)
    counted.opener.hold(ALICE)
    await counted.opener.topic(ALICE)
    await counted.opener.topic(BOB)
    await asyncio.sleep(LEASE * 5)
    assert await world.store.user_topics.leased([ALICE, BOB]) == {ALICE}
    assert (counted.opener.opened(ALICE), counted.opener.opened(BOB)) == (user_topic(ALICE, 1), None)
    assert counted.asked["user_topics.open"] <= 2
    counted.opener.release(ALICE)
    await asyncio.sleep(LEASE * 2)
    assert await world.store.user_topics.leased([ALICE]) == frozenset()
    assert counted.opener.opened(ALICE) is None


@in_world
async def test_a_lease_that_could_not_be_renewed_is_opened_again(world: EdgeWorld) -> None:
    """Its router may have stopped reading the topic: it is announced anew before anything is appended."""
    counted = Counted(world)
    counted.opener.hold(ALICE)
    topic = await counted.opener.topic(ALICE)
    counted.failing = {"user_topics.renew"}
    await asyncio.sleep(LEASE * 2)
    assert counted.opener.opened(ALICE) is None
    counted.failing = set()
    assert await counted.opener.topic(ALICE) == topic
    assert counted.announced() == {topic: 2}


@in_world
async def test_a_topic_that_was_found_missing(world: EdgeWorld) -> None:
    counted = Counted(world)
    topic = await counted.opener.topic(ALICE)
    world.cluster.delete([topic])
    counted.opener.mistrust(ALICE, "another")
    assert counted.opener.opened(ALICE) == topic
    counted.opener.mistrust(ALICE, topic)
    assert counted.opener.opened(ALICE) is None
    assert await counted.opener.topic(ALICE) == topic
    assert counted.values(topic) == [b'{"type":"opened"}']


@in_world
async def test_nothing_is_handed_out_before_it_is_announced(world: EdgeWorld) -> None:
    """Whatever is appended to a topic that was handed out will be read."""
    counted = Counted(world)

    async def append_as_soon_as_open() -> None:
        topic = await counted.opener.topic(ALICE)
        assert counted.announced()[topic]
        await MemoryBus(world.cluster).producer().send(Outgoing(topic, b"{}"))

    await asyncio.gather(*(append_as_soon_as_open() for _ in range(3)))
    await eventually(lambda: len(counted.values(user_topic(ALICE, 1))) == 4)
