"""Session expiry: what died without a word is ended in time; what only seemed dead is not."""

import asyncio

from bus.announcements import announcement
from bus.memory import MemoryBus
from bus.ports import Outgoing
from consumers.session_expiry.leases import KEEP_TOPIC_SECONDS, EdgeTopicSweeper, LeaseKeeper
from consumers.session_expiry.user_topics import UserTopicSweeper
from domain.leases import RENEW_SECONDS
from schemas.topics import USER_TOPICS, edge_topic, edge_topic_spec, user_topic, user_topic_spec
from schemas.user_topics import UserTopic
from store.ports import EdgeLife, Session
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, NOW, send


async def edge(world: World, incarnation: str, user: str) -> Session:
    """An edge with one session."""
    topic = edge_topic("edge-1", incarnation)
    world.cluster.create([edge_topic_spec(topic)])
    await world.store.edges.begin(EdgeLife(incarnation, "edge-1", topic, "ws://127.0.0.1:8081/ws"))
    session = Session(f"s_{incarnation}", user, "phone", "login", topic, incarnation, NOW)
    await world.store.sessions.register([session])
    return session


async def renewals(world: World, incarnation: str) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        assert await world.store.edges.renew(incarnation)


def sessions(world: World) -> set[str]:
    return {seat.session.id for seat in world.database.seats.values()}


@in_world
async def test_the_sessions_of_a_dead_edge_are_gone_within_15_seconds(world: World) -> None:
    living, dead = await edge(world, "living", ALICE), await edge(world, "dead", BOB)
    bereft = set[str]()
    keeper = LeaseKeeper(world.store.edges, world.store.sessions, bereft.update, world.random)
    async with running(keeper.run()), running(renewals(world, "living")):
        async with running(renewals(world, "dead")):
            await asyncio.sleep(60)
            assert sessions(world) == {living.id, dead.id}
        await asyncio.sleep(15)
        assert sessions(world) == {living.id}
        assert not await world.store.edges.renew("dead"), "it would learn that it was ended"
        assert bereft == {BOB}


@in_world
async def test_the_topic_of_a_dead_edge_stays_ten_minutes(world: World) -> None:
    dead = await edge(world, "dead", BOB)
    await world.store.edges.end(["dead"])
    sweeper = EdgeTopicSweeper(world.store.edges, world.store.sessions, world.bus.admin(), world.random)
    async with running(sweeper.run()):
        await asyncio.sleep(KEEP_TOPIC_SECONDS - 5)
        assert dead.edge_topic in world.cluster.topics()
        await asyncio.sleep(120)
        assert dead.edge_topic not in world.cluster.topics()
        assert sessions(world) == set(), "one that was registered while its edge was ended is gone with it"


@in_world
async def test_an_edge_topic_nobody_claims_is_deleted_in_the_end(world: World) -> None:
    living = await edge(world, "living", ALICE)
    stray = edge_topic("edge-1", "stray")
    world.cluster.create([edge_topic_spec(stray)])
    sweeper = EdgeTopicSweeper(world.store.edges, world.store.sessions, world.bus.admin(), world.random)
    async with running(sweeper.run()):
        await asyncio.sleep(KEEP_TOPIC_SECONDS - 60)
        assert stray in world.cluster.topics()
        await asyncio.sleep(240)
    assert stray not in world.cluster.topics()
    assert living.edge_topic in world.cluster.topics()


def sweeper(world: World) -> UserTopicSweeper:
    bus = MemoryBus(world.cluster)
    return UserTopicSweeper(
        world.store.user_topics, world.store.router_positions, bus.admin(), bus.producer(), world.random
    )


def announced(world: World) -> list[bytes | None]:
    return [record.key for record in world.records(USER_TOPICS)]


@in_world
async def test_what_lags_is_announced_again(world: World) -> None:
    for user in (ALICE, BOB):
        await world.user(user)
        await world.submit(send("m1", user))
    await world.store.router_positions.advance({user_topic(ALICE, 1): 2, user_topic(BOB, 1): 1})
    before = len(announced(world))

    await sweeper(world).sweep()

    assert len(announced(world)) == before + 1
    assert announced(world).count(BOB.encode()) == 2
    assert announced(world).count(ALICE.encode()) == 1


@in_world
async def test_a_topic_nobody_claims_is_deleted_once_it_is_forwarded(world: World) -> None:
    await world.user(ALICE)
    stray = user_topic(BOB, 1)
    world.cluster.create([user_topic_spec(stray)])
    await world.producer.send(Outgoing(stray, b"{}", key=b"c_1"))
    await world.store.router_positions.advance({user_topic(ALICE, 1): 1})

    await sweeper(world).sweep()
    assert stray in world.cluster.topics(), "it holds what nobody has forwarded yet"

    await world.store.router_positions.advance({stray: 1})
    await sweeper(world).sweep()
    assert stray not in world.cluster.topics()
    assert user_topic(ALICE, 1) in world.cluster.topics()
    assert stray not in world.database.router_positions


@in_world
async def test_nothing_is_said_any_more_of_a_user_who_is_gone(world: World) -> None:
    """An opener that was slow has made and announced a topic after all that was his had been withdrawn."""
    await world.user(ALICE)
    stray, other = user_topic(BOB, 1), user_topic(ALICE, 0)
    world.cluster.create([user_topic_spec(stray), user_topic_spec(other)])
    await world.producer.send(announcement(UserTopic(user=BOB, topic=stray, generation=1, state="active")))

    await sweeper(world).sweep()

    assert not {stray, other} & world.cluster.topics().keys()
    last = {record.key: record.value for record in world.records(USER_TOPICS)}
    assert last[BOB.encode()] is None
    assert last[ALICE.encode()] is not None, "his next topic is there"


@in_world
async def test_the_position_of_a_topic_that_is_no_more_goes(world: World) -> None:
    """Saved by a router that had forwarded from it, when that had been deleted with its position."""
    await world.user(ALICE)
    await world.store.router_positions.advance({user_topic(ALICE, 1): 1, user_topic(BOB, 1): 4, "users/3": 9})

    await sweeper(world).sweep()

    assert world.database.router_positions == {user_topic(ALICE, 1): 1, "users/3": 9}
