"""Topics of idle users: removed when nothing is in them, made anew when the user returns, nothing lost whoever dies."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from bus.memory import MemoryBus
from bus.memory.checkpoint import Step as BusStep
from bus.ports import Outgoing, Partition
from consumers.router.per_user import PerUserConfig
from consumers.router.router import Router, RouterConfig
from consumers.session_expiry.retiring import RetirerConfig, TopicRetirer
from consumers.session_expiry.user_topics import UserTopicSweeper
from producer_gateway.topic_opener import OpenerConfig, TopicOpener
from schemas.topics import CONVERSATIONS, USER_TOPICS, user_topic
from schemas.user_topics import UserTopic
from store.memory import MemoryStore
from store.memory.checkpoint import Step
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, send
from tests.virtually import eventually

IDLE = 100.0
LEASE = 20.0

Trouble = Callable[[Step | BusStep], Awaitable[None]]


async def untroubled(step: Step | BusStep) -> None:
    await asyncio.sleep(0)


def retirer(world: World, trouble: Trouble = untroubled) -> TopicRetirer:
    bus, store = MemoryBus(world.cluster, checkpoint=trouble), MemoryStore(world.database, trouble)
    config = RetirerConfig(idle_seconds=IDLE, every_seconds=10.0)
    return TopicRetirer(store.user_topics, store.router_positions, bus.admin(), bus.producer(), Random(1), config)


def router(world: World) -> Router:
    per_user = PerUserConfig(release_seconds=5.0)
    return Router(MemoryBus(world.cluster), MemoryStore(world.database), Random(2), RouterConfig(per_user=per_user))


def opener(world: World) -> TopicOpener:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    config = OpenerConfig(lease_seconds=LEASE, linger_seconds=5.0)
    return TopicOpener(store.user_topics, bus.producer(), bus.admin(), Random(3), config)


async def says(world: World, topic: str, client_id: str) -> None:
    command = send(client_id)
    await world.producer.send(Outgoing(topic, command.model_dump_json().encode(), key=command.conversation.encode()))


def forwarded(world: World, client_id: str) -> bool:
    return any(f'"{client_id}"'.encode() in (record.value or b"") for record in world.records(CONVERSATIONS))


def state(world: World, user: str = ALICE) -> tuple[str, int]:
    topic = world.database.user_topics[user]
    return topic.state, topic.generation


def last_said(world: World, user: str = ALICE) -> tuple[str, str]:
    """What compaction leaves of a user."""
    said = [UserTopic.model_validate_json(record.value or b"") for record in world.records(USER_TOPICS)]
    last = [one for one in said if one.user == user][-1]
    return last.state, last.topic


@in_world
async def test_an_idle_topic_is_removed_and_made_anew_when_its_user_returns(world: World) -> None:
    await world.user(ALICE, leased=LEASE)
    await world.user(BOB)
    async with running(router(world).run()), running(retirer(world).run()):
        await asyncio.sleep(LEASE + IDLE - 1)
        assert state(world) == ("active", 1)
        await asyncio.sleep(20)
        assert state(world) == ("absent", 1)
        assert last_said(world) == ("retired", user_topic(ALICE, 1))
        assert user_topic(ALICE, 1) not in world.cluster.topics()
        assert user_topic(ALICE, 1) not in world.database.router_positions
        assert state(world, BOB) == ("active", 1)

        returned = opener(world)
        async with running(returned.run()):
            topic = await returned.topic(ALICE)
            assert topic == user_topic(ALICE, 2)
            await says(world, topic, "back")
            await eventually(lambda: forwarded(world, "back"))
        assert last_said(world) == ("active", user_topic(ALICE, 2))


@in_world
async def test_what_is_not_forwarded_is_not_deleted(world: World) -> None:
    """A command that was late is in the topic when it retires, and no router is there."""
    await world.user(ALICE, leased=LEASE)
    await asyncio.sleep(LEASE + IDLE)
    await says(world, user_topic(ALICE, 1), "late")
    keeper = retirer(world)
    for _ in range(3):
        await keeper.sweep()
    assert state(world) == ("retiring", 1)
    assert user_topic(ALICE, 1) in world.cluster.topics()

    bus = MemoryBus(world.cluster)
    user_topics, positions = world.store.user_topics, world.store.router_positions
    async with running(router(world).run()):
        sweeper = UserTopicSweeper(user_topics, positions, bus.admin(), bus.producer(), Random(4))
        await sweeper.sweep()
        await eventually(lambda: forwarded(world, "late"))
        await asyncio.sleep(10)  # until the router has saved its position
        await keeper.sweep()
    assert state(world) == ("absent", 1)
    assert user_topic(ALICE, 1) not in world.cluster.topics()


@in_world
async def test_what_retention_has_eaten_keeps_no_topic(world: World) -> None:
    await world.user(ALICE, leased=LEASE)
    await asyncio.sleep(LEASE + IDLE)
    await says(world, user_topic(ALICE, 1), "unread for days")
    world.cluster.truncate(Partition(user_topic(ALICE, 1)), 2)
    await retirer(world).sweep()
    assert state(world) == ("absent", 1)


@in_world
async def test_whoever_returns_at_whatever_step_is_heard(world: World) -> None:
    """The user returns, or the retirer dies, or both, at each of its steps in turn."""
    await world.user(ALICE, leased=LEASE)
    stop = 0
    while await _return_at(world, stop, dies=False) and await _return_at(world, stop, dies=True):
        stop += 1
    assert stop > 15


async def _return_at(world: World, stop: int, *, dies: bool) -> bool:
    """Returns whether the retirer had not ended before that step."""
    left = stop
    stopped, go_on = asyncio.Event(), asyncio.Event()

    async def trouble(step: Step | BusStep) -> None:
        nonlocal left
        await asyncio.sleep(0)
        left -= 1
        if left == -1:
            stopped.set()
            await go_on.wait()

    client_id = f"m{stop}-{dies}"
    async with running(router(world).run()):
        await asyncio.sleep(LEASE + IDLE + 10)
        sweeping = asyncio.create_task(retirer(world, trouble).sweep())
        await asyncio.wait([sweeping, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
        if dies:
            sweeping.cancel()
            await asyncio.wait([sweeping])
        returned = opener(world)
        async with running(returned.run()):
            await says(world, await returned.topic(ALICE), client_id)
            go_on.set()
            await asyncio.wait([sweeping])
            await says(world, await returned.topic(ALICE), f"{client_id}-again")
            await eventually(lambda: forwarded(world, client_id) and forwarded(world, f"{client_id}-again"))
        await retirer(world).sweep()
    generation = state(world)[1]
    assert state(world)[0] == "active"
    if not dies:
        assert last_said(world) == ("active", user_topic(ALICE, generation)), stop
    await _sweep_strays(world)
    assert set(world.cluster.topics("user.")) == {user_topic(ALICE, generation)}
    return stopped.is_set()


async def _sweep_strays(world: World) -> None:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    await asyncio.sleep(3)
    sweeper = UserTopicSweeper(store.user_topics, store.router_positions, bus.admin(), bus.producer(), Random(4))
    await sweeper.sweep()


@in_world
async def test_an_opener_that_stood_still_does_not_use_a_retired_topic(world: World) -> None:
    """It renews leases that are over: it is told which of its topics are still there."""
    await world.user(ALICE, topic=False)
    held = opener(world)
    async with running(held.run()), running(router(world).run()):
        held.hold(ALICE)
        assert await held.topic(ALICE) == user_topic(ALICE, 1)
        world.database.user_topics[ALICE].state = "retiring"
        await asyncio.sleep(LEASE)
        await says(world, await held.topic(ALICE), "m1")
        assert await held.topic(ALICE) == user_topic(ALICE, 2)
        await eventually(lambda: forwarded(world, "m1"))
