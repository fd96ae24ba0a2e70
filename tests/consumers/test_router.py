"""The router: every command forwarded, in order, once it has a topic of its own to come from."""

import asyncio

from bus.errors import Unavailable
from bus.memory import MemoryBus, Step
from bus.ports import Outgoing
from consumers.router.router import Router, RouterConfig
from schemas.headers import CONVERSATION, ORIGIN, SENT_AT, TRACEPARENT, header
from schemas.topics import CONVERSATIONS, SHARDED_USERS, Layout, fixed_topics, user_topic
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, send
from tests.virtually import eventually


def router(world: World, bus: MemoryBus | None = None, member: str = "router-1") -> Router:
    return Router(bus or world.bus, world.store, world.random, RouterConfig(member=member))


def forwarded(world: World) -> list[str]:
    """Client ids in `conversations`, in the order of the log (the tests use one conversation)."""
    return [_client_id(record.value) for record in world.records(CONVERSATIONS)]


def commands(world: World) -> set[tuple[str, str]]:
    """What came through, doubles aside: by sender's topic and client id."""
    return {(header(record.headers, ORIGIN) or "", _client_id(record.value)) for record in world.records(CONVERSATIONS)}


def _client_id(value: bytes | None) -> str:
    assert value is not None
    return value.decode().split('"client_id":"')[1].split('"')[0]


@in_world
async def test_commands_are_forwarded_in_order(world: World) -> None:
    await world.user(ALICE)
    for number in range(20):
        await world.submit(send(f"m{number}"))
    async with running(router(world).run()):
        await eventually(lambda: forwarded(world) == [f"m{number}" for number in range(20)])


@in_world
async def test_time_and_place_of_the_first_append_come_along(world: World) -> None:
    await world.user(ALICE)
    await world.submit(send("m1"), headers=((TRACEPARENT, b"a-trace"),))
    origin = world.records(user_topic(ALICE, 1))[-1]
    async with running(router(world).run()):
        await asyncio.sleep(3)

    (record,) = world.records(CONVERSATIONS)
    assert record.value == origin.value
    assert record.key == origin.key
    assert header(record.headers, TRACEPARENT) == "a-trace"
    assert header(record.headers, SENT_AT) == str(origin.timestamp)
    assert header(record.headers, ORIGIN) == f"{origin.topic}/0/{origin.offset}"


@in_world
async def test_a_topic_announced_later_is_read_too(world: World) -> None:
    async with running(router(world).run()):
        await asyncio.sleep(5)
        await world.user(BOB)
        await world.submit(send("late", BOB))
        await eventually(lambda: forwarded(world) == ["late"])


@in_world
async def test_a_restart_goes_on_where_the_last_life_was(world: World) -> None:
    await world.user(ALICE)
    await world.submit(send("before"))
    async with running(router(world).run()):
        await eventually(lambda: forwarded(world) == ["before"])
    await world.submit(send("between"))
    async with running(router(world).run()):
        await eventually(lambda: forwarded(world) == ["before", "between"])
        await asyncio.sleep(5)
    assert forwarded(world) == ["before", "between"]


@in_world
async def test_after_a_failed_send_order_holds(world: World) -> None:
    await world.user(ALICE)
    for number in range(5):
        await world.submit(send(f"m{number}"))
    failures = iter([False, False, True, False, False, True])

    async def stumble(step: Step) -> None:
        await asyncio.sleep(0.001)
        if step == Step("produce", "before", CONVERSATIONS) and next(failures, False):
            raise Unavailable("injected")

    async with running(router(world, MemoryBus(world.cluster, checkpoint=stumble)).run()):
        await eventually(lambda: set(forwarded(world)) == {f"m{number}" for number in range(5)})
        await asyncio.sleep(5)
    # Doubles are the writer's to drop; the first of each must come in order.
    assert list(dict.fromkeys(forwarded(world))) == [f"m{number}" for number in range(5)]


@in_world
async def test_two_routers_share_the_users_and_one_takes_over(world: World) -> None:
    users = [f"u_{number:026d}" for number in range(1, 21)]
    for user in users:
        await world.user(user)
    first, second = router(world), router(world, MemoryBus(world.cluster), "router-2")
    async with running(second.run()):
        async with running(first.run()):
            await asyncio.sleep(60)
            assert first.partitions_read > 0
            assert second.partitions_read > 0
            for user in users:
                await world.submit(send("one", user))
            await eventually(lambda: len(commands(world)) == 20)
        for user in users:
            await world.submit(send("two", user))
        await eventually(lambda: len(commands(world)) == 40)
        assert second.partitions_read == 20


@in_world
async def test_what_nobody_has_a_lease_on_is_read_to_its_end_and_let_go(world: World) -> None:
    await world.user(ALICE, leased=1.0)
    await world.submit(send("m1"))
    await asyncio.sleep(2)
    subject = router(world)
    async with running(subject.run()):
        await eventually(lambda: forwarded(world) == ["m1"])
        await asyncio.sleep(200)
        await world.submit(send("m2"))
        await asyncio.sleep(30)
        assert forwarded(world) == ["m1"], "it is not read without a lease"
        await world.announce(ALICE)
        await eventually(lambda: forwarded(world) == ["m1", "m2"])


@in_world
async def test_a_retired_topic_is_read_no_more(world: World) -> None:
    await world.user(ALICE)
    async with running(router(world).run()):
        await asyncio.sleep(5)
        await world.announce(ALICE, "retired")
        await asyncio.sleep(5)
        await world.submit(send("late"))
        await asyncio.sleep(5)
    assert forwarded(world) == []


@in_world
async def test_in_the_sharded_layout_the_partitions_are_read_themselves(world: World) -> None:
    world.cluster.create(fixed_topics(Layout.SHARDED))
    config = RouterConfig(layout=Layout.SHARDED)

    async def submit(client_id: str, user: str) -> None:
        command = send(client_id, user)
        about = ((CONVERSATION, command.conversation.encode()),)
        value = command.model_dump_json().encode()
        await world.producer.send(Outgoing(SHARDED_USERS, value, key=user.encode(), headers=about))

    await submit("m1", ALICE)
    async with running(Router(world.bus, world.store, world.random, config).run()):
        await eventually(lambda: forwarded(world) == ["m1"])
    await submit("m2", ALICE)
    await submit("m3", BOB)
    async with running(Router(MemoryBus(world.cluster), world.store, world.random, config).run()):
        await eventually(lambda: set(forwarded(world)) == {"m1", "m2", "m3"})
        await asyncio.sleep(5)
    assert {record.key for record in world.records(CONVERSATIONS)} == {send().conversation.encode()}
    assert len(forwarded(world)) == 3


@in_world
async def test_hints_have_commands_forwarded_before_the_next_sweep(world: World) -> None:
    await world.user(ALICE)
    async with running(router(world).run()):
        await asyncio.sleep(5)
        begun = asyncio.get_running_loop().time()
        for number in range(20):
            await world.submit(send(f"m{number}"))
            await world.hint(b'{"topics":["' + user_topic(ALICE, 1).encode() + b'","user.of-nobody-here.1"]}')
            await world.hint(b"not a hint")
            await eventually(lambda number=number: len(forwarded(world)) == number + 1)  # type: ignore[misc]
        assert asyncio.get_running_loop().time() - begun < 20 * 0.1
