"""What edges say of their sockets, and what those who connect are told of the others."""

import asyncio
from random import Random

import orjson

from bus.errors import Unavailable
from bus.memory import MemoryBus
from bus.memory.checkpoint import Step
from bus.ports import Partition
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from domain.presence import GRACE_SECONDS, Presence
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.reports import ReportsConfig
from schemas import metrics
from schemas.times import to_millis
from schemas.topics import PRESENCE
from store.memory import MemoryStore
from store.memory.checkpoint import Step as StoreStep
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, CAROL, conversation_id
from tests.virtually import eventually


def reports(world: EdgeWorld) -> list[tuple[str, str, str]]:
    """What was said of whom and which session, in order per user."""
    logs = [world.cluster.log(Partition(PRESENCE, number)) for number in range(8)]
    said = [orjson.loads(record.value or b"") for log in logs if log is not None for record in log.records]
    return [(one["type"], one["user"], one["session"]) for one in said]


async def talking(world: EdgeWorld) -> None:
    world.pipeline()
    await world.conversation()
    await eventually(lambda: conversation_id() in world.database.conversations)


def expiry(world: EdgeWorld, number: int = 1) -> SessionExpiry:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    return SessionExpiry(bus, store, Random(number), lambda: to_millis(world.now()), ExpiryConfig())


@in_world
async def test_a_socket_is_reported_when_it_comes_and_when_it_went(world: EdgeWorld) -> None:
    edge = await world.edge()
    alice = await Client(edge).connect()
    (connected,) = await alice.until("connected")
    await eventually(lambda: reports(world) == [("opened", ALICE, connected["session"])])
    alice.socket.closed()
    await eventually(lambda: len(reports(world)) == 2)
    assert reports(world)[1] == ("closed", ALICE, connected["session"])
    assert not world.database.seats, "it is reported when the store has forgotten it"


@in_world
async def test_kafka_that_is_away_holds_nobody_up(world: EdgeWorld) -> None:
    away = True

    async def outage(step: Step) -> None:
        if away and step.subject == PRESENCE:
            raise Unavailable

    edge = await world.edge(bus_step=outage)
    alice, bob = await Client(edge).connect(), await Client(edge, BOB).connect()
    await alice.until("connected", seconds=1)
    await bob.until("connected", seconds=1)
    bob.socket.closed()
    await asyncio.sleep(10)
    away = False
    await eventually(lambda: len(reports(world)) == 2)
    assert {(sign, user) for sign, user, _ in reports(world)} == {("opened", ALICE), ("closed", BOB)}


@in_world
async def test_reports_beyond_their_room_are_dropped_and_counted(world: EdgeWorld) -> None:
    async def outage(step: Step) -> None:
        if step.subject == PRESENCE:
            raise Unavailable

    before = metrics.EDGE_REPORTS_DROPPED._value.get()
    edge = await world.edge(bus_step=outage, config=EdgeConfig(reports=ReportsConfig(capacity=2)))
    for device in ("a", "b", "c"):
        await (await Client(edge, ALICE, device).connect()).until("connected")
    assert metrics.EDGE_REPORTS_DROPPED._value.get() == before + 1


@in_world
async def test_an_edge_that_drains_says_who_left(world: EdgeWorld) -> None:
    edge = await world.edge()
    alice = await Client(edge).connect()
    await alice.until("connected")
    await edge.node.drain(1.0)
    assert [sign for sign, _, _ in reports(world)][-1] == "closed"


@in_world
async def test_who_connects_is_told_who_is_online(world: EdgeWorld) -> None:
    edge = await world.edge()
    await talking(world)
    for user in (ALICE, CAROL):
        world.database.presences[user] = Presence(True, world.now(), "0/0")
    bob = await Client(edge, BOB).connect()
    (connected,) = await bob.until("connected")
    assert connected["online"] == [ALICE], "with carol he shares nothing"


@in_world
async def test_from_socket_to_socket(world: EdgeWorld) -> None:
    one, other = await world.edge("edge-1"), await world.edge("edge-2")
    await talking(world)
    world.run(expiry(world).run())
    bob = await Client(one, BOB).connect()
    await bob.until("connected")
    alice = await Client(other).connect()
    (came,) = await bob.until("user_status")
    assert (came["user"], came["status"]) == (ALICE, "online")
    phone = await Client(one, ALICE, "tablet").connect()
    await phone.until("connected")
    alice.socket.closed()
    await asyncio.sleep(GRACE_SECONDS + 5)
    assert len(bob.of_type("user_status")) == 1
    phone.socket.closed()
    went = (await bob.until("user_status", 2))[1]
    assert (went["user"], went["status"]) == (ALICE, "offline")
    assert came["last_online"] < went["last_online"]


@in_world
async def test_nobody_falls_between_the_snapshot_and_the_word(world: EdgeWorld) -> None:
    """Bob connects while Alice does, held up at each step of the way in turn: he always knows that she is there."""
    one = await world.edge("edge-1")
    await talking(world)
    world.run(expiry(world).run())
    for stop in ("sessions.register", "users.get", "contacts.of", "presences.online"):
        for moment in ("before", "after"):
            held = asyncio.Event()

            async def hold(step: StoreStep, stop: str = stop, moment: str = moment, held: asyncio.Event = held) -> None:
                if (step.operation, step.moment) == (stop, moment):
                    await held.wait()

            other = await world.edge(f"edge-{stop}-{moment}", store_step=hold)
            bob = Client(other, BOB)
            connecting = asyncio.create_task(bob.connect())
            await asyncio.sleep(0.1)
            alice = await Client(one).connect()
            await asyncio.sleep(2)
            held.set()
            await connecting
            await asyncio.sleep(2)
            (connected,) = bob.of_type("connected")
            said = [frame["status"] for frame in bob.of_type("user_status") if frame["user"] == ALICE]
            assert ALICE in connected["online"] or said == ["online"], (stop, moment)
            for client in (alice, bob):
                client.socket.closed()
            await asyncio.sleep(60)
