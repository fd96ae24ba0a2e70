"""Who is online: whatever dies, comes twice or never comes, everybody is told what is so in the end."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson

from bus.memory import MemoryBus
from bus.memory.checkpoint import Step as BusStep
from bus.ports import Outgoing
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from consumers.session_expiry.presence import PresenceHandler
from domain.presence import GRACE_SECONDS
from schemas.headers import headers
from schemas.presence import PresenceReport, Sign
from schemas.times import to_millis
from schemas.topics import DEAD_LETTERS, EVENTS, PRESENCE, edge_topic, edge_topic_spec
from store.errors import StoreUnavailable
from store.memory import MemoryStore
from store.memory.checkpoint import Step
from store.ports import EdgeLife, Session
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, CAROL, NOW, user_id
from tests.simulation.clock import VirtualLoop
from tests.store.writing import Writing
from tests.virtually import eventually

EDGE = edge_topic("edge-1", "abc")


async def stage(world: World) -> None:
    """Alice and Bob share a conversation, Carol none; all their sockets are at one edge that lives."""
    world.cluster.create([edge_topic_spec(EDGE)])
    for user in (ALICE, BOB, CAROL):
        await world.user(user, topic=False)
    await Writing(world.store).create(ALICE, BOB)


def expiry(world: World, **troubles: Any) -> SessionExpiry:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    bus = MemoryBus(world.cluster, **{name: step for name, step in troubles.items() if name == "checkpoint"})
    store = MemoryStore(world.database, *(step for name, step in troubles.items() if name == "store_step"))
    return SessionExpiry(bus, store, world.random, lambda: to_millis(loop.now()), ExpiryConfig())


async def report(world: World, sign: Sign, user: str, session: str | None = None) -> None:
    said = PresenceReport(type=sign, user=user, session=session)
    about = headers(schema="presence/1")
    await world.producer.send(Outgoing(PRESENCE, said.model_dump_json().encode(), user.encode(), about))


def session(number: int, user: str, device: str = "phone", incarnation: str = "abc") -> Session:
    return Session(f"s_{number:026d}", user, device, "login", EDGE, incarnation, NOW)


async def comes(world: World, number: int, user: str, device: str = "phone") -> Session:
    found = session(number, user, device)
    await world.store.sessions.register([found])
    await report(world, Sign.OPENED, user, found.id)
    return found


async def goes(world: World, found: Session) -> None:
    await world.store.sessions.remove([found.id])
    await report(world, Sign.CLOSED, found.user, found.id)


def told(world: World) -> list[tuple[str, str, list[str]]]:
    """Who was told to be what, and to which sessions, in order."""
    deliveries = [each for record in world.records(EDGE) for each in orjson.loads(record.value or b"")["deliveries"]]
    return [(one["frame"]["user"], one["frame"]["status"], one["to"]) for one in deliveries]


def statuses(world: World, user: str = ALICE) -> list[str]:
    return [status for about, status, _ in told(world) if about == user]


def online(world: World) -> set[str]:
    return {user for user, presence in world.database.presences.items() if presence.online}


@in_world
async def test_those_who_share_a_conversation_are_told(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        bob = await comes(world, 1, BOB)
        await comes(world, 2, CAROL)
        await eventually(lambda: online(world) == {BOB, CAROL})
        alice = await comes(world, 3, ALICE)
        await eventually(lambda: told(world) == [(ALICE, "online", [bob.id])])
        await goes(world, alice)
        await eventually(lambda: len(told(world)) == 2)
        assert told(world)[1] == (ALICE, "offline", [bob.id])
    assert online(world) == {BOB, CAROL}
    assert not world.database.timers


@in_world
async def test_those_who_meet_are_told_of_each_other(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        alice, carol = await comes(world, 1, ALICE), await comes(world, 2, CAROL)
        await eventually(lambda: online(world) == {ALICE, CAROL})
        await Writing(world.store, 2).create(ALICE, CAROL, BOB)
        event = {"type": "conversation_created", "members": [ALICE, BOB, CAROL]}
        for happened in ({"type": "message_stored", "message": {"text": "hi"}, "members": [ALICE, BOB]}, event):
            await world.producer.send(Outgoing(EVENTS, orjson.dumps(happened), b"c_2"))
        await eventually(lambda: len(told(world)) == 2)
        await asyncio.sleep(60)
    assert sorted(told(world)) == [(ALICE, "online", [carol.id]), (CAROL, "online", [alice.id])]


@in_world
async def test_a_newcomer_and_the_others_are_told_of_each_other(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        alice, bob, carol = [await comes(world, n, user) for n, user in enumerate((ALICE, BOB, CAROL), 1)]
        await eventually(lambda: online(world) == {ALICE, BOB, CAROL})
        before = len(told(world))
        joined = {"kind": "system", "event": {"type": "added", "by": ALICE, "user": CAROL}}
        left = {"kind": "system", "event": {"type": "removed", "by": ALICE, "user": BOB}}
        for message in (left, joined):
            event = {"type": "message_stored", "message": message, "members": [ALICE, BOB, CAROL]}
            await world.producer.send(Outgoing(EVENTS, orjson.dumps(event), b"c_1"))
        await eventually(lambda: len(told(world)) == before + 3)
        await asyncio.sleep(60)
    expected = {(ALICE, (carol.id,)), (BOB, (carol.id,)), (CAROL, (alice.id, bob.id))}
    assert {(user, tuple(sorted(to))) for user, _, to in told(world)[before:]} == expected


@in_world
async def test_online_while_any_device_is(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        await comes(world, 1, BOB)
        phone, laptop = await comes(world, 2, ALICE), await comes(world, 3, ALICE, "laptop")
        await asyncio.sleep(5)
        await goes(world, phone)
        await asyncio.sleep(60)
        assert statuses(world) == ["online"]
        await goes(world, laptop)
        await asyncio.sleep(GRACE_SECONDS + 2)
        assert statuses(world) == ["online", "offline"]


@in_world
async def test_who_is_back_within_seconds_was_never_away(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        await comes(world, 1, BOB)
        alice = await comes(world, 2, ALICE)
        for number in range(3, 10):
            await asyncio.sleep(7)
            await goes(world, alice)
            await asyncio.sleep(GRACE_SECONDS - 1)
            alice = await comes(world, number, ALICE)
        await asyncio.sleep(60)
        assert statuses(world) == ["online"]


@in_world
async def test_last_online_is_when_the_last_socket_closed(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        alice = await comes(world, 1, ALICE)
        await asyncio.sleep(100)
        closed = world.database.now()
        await goes(world, alice)
        await eventually(lambda: ALICE in world.database.presences and not online(world))
    last = world.database.presences[ALICE].last_online
    assert last is not None
    assert abs(last - closed) < timedelta(seconds=1)


@in_world
async def test_the_users_of_a_dead_edge_are_offline_within_15_seconds(world: World) -> None:
    await stage(world)
    await world.store.edges.begin(EdgeLife("abc", "edge-1", EDGE, "ws://edge"))
    async with running(expiry(world).run()):
        await comes(world, 1, ALICE)
        await eventually(lambda: online(world) == {ALICE})
        for _ in range(10):
            await asyncio.sleep(2.5)
            assert await world.store.edges.renew("abc")
        await asyncio.sleep(8)
        assert online(world) == {ALICE}
        await asyncio.sleep(7)
        assert online(world) == set()


@in_world
async def test_what_nobody_reported_is_found(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        await asyncio.sleep(5)
        found = session(1, ALICE)
        await world.store.sessions.register([found])
        await asyncio.sleep(40)
        assert online(world) == {ALICE}
        await world.store.sessions.remove([found.id])
        await asyncio.sleep(40 + GRACE_SECONDS)
        assert online(world) == set()


@in_world
async def test_whatever_step_it_dies_at_the_next_one_makes_it_right(world: World) -> None:
    """Each life dies at another step of the store or of Kafka; nobody is left with a wrong word."""
    await stage(world)
    bob = await comes(world, 1, BOB)
    alice: Session | None = None
    for life in range(60):
        left = life

        async def dies(step: Step | BusStep) -> None:
            nonlocal left
            await asyncio.sleep(0)
            left -= step.moment == "after"
            if left < 0:
                await asyncio.Event().wait()

        process = expiry(world, store_step=dies) if life % 2 else expiry(world, checkpoint=dies)
        if alice is None:
            alice = await comes(world, 10 + life, ALICE)
        else:
            await goes(world, alice)
            alice = None
        async with running(process.run()):
            await asyncio.sleep(3)
        async with running(expiry(world).run()):
            await asyncio.sleep(50)
        assert online(world) == ({BOB, ALICE} if alice else {BOB})
        last = [status for user, status, to in told(world) if user == ALICE and bob.id in to][-1]
        assert last == ("online" if alice else "offline")


@in_world
async def test_a_replay_tells_the_last_change_again_and_nothing_else(world: World) -> None:
    await stage(world)
    await comes(world, 1, BOB)
    async with running(expiry(world).run()):
        alice = await comes(world, 2, ALICE)
        await asyncio.sleep(3)
        await goes(world, alice)
        await asyncio.sleep(GRACE_SECONDS + 3)
    before = told(world)
    handler = PresenceHandler(world.store, world.producer)
    for record in world.records(PRESENCE):
        await handler.handle([record])
    again = told(world)[len(before) :]
    assert again == [(ALICE, "offline", ["s_00000000000000000000000001"])]
    assert online(world) == {BOB}


@in_world
async def test_an_outage_of_the_store_is_waited_for(world: World) -> None:
    await stage(world)
    away = True

    async def outage(step: Step) -> None:
        await asyncio.sleep(0)
        if away:
            raise StoreUnavailable

    async with running(expiry(world, store_step=outage).run()):
        await comes(world, 1, ALICE)
        await asyncio.sleep(20)
        assert online(world) == set()
        away = False
        await eventually(lambda: online(world) == {ALICE})


@in_world
async def test_what_is_no_report_is_put_aside(world: World) -> None:
    await stage(world)
    async with running(expiry(world).run()):
        await world.producer.send(Outgoing(PRESENCE, b"{}", ALICE.encode(), headers(schema="presence/1")))
        await world.producer.send(Outgoing(PRESENCE, b"{}", ALICE.encode(), headers(schema="presence/2")))
        await comes(world, 1, ALICE)
        await eventually(lambda: online(world) == {ALICE})
    assert len(world.records(DEAD_LETTERS)) == 2


@in_world
async def test_a_thousand_who_come_at_once(world: World) -> None:
    await stage(world)
    users = [user_id(number) for number in range(100, 1100)]
    for user in users:
        await world.user(user, topic=False)
    async with running(expiry(world).run()):
        for number, user in enumerate(users):
            await comes(world, 100 + number, user)
        await eventually(lambda: online(world) == set(users))
