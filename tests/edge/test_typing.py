"""Who types: the other members see it at once, strangers neither see it nor are seen, and nothing waits for it."""

import asyncio

from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.typists import TypistsConfig
from schemas import metrics
from store.errors import StoreUnavailable
from store.memory.checkpoint import Step as StoreStep
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, CAROL, conversation_id
from tests.virtually import eventually


def word(user: str = ALICE, *, on: bool = True) -> dict[str, object]:
    return {"type": "typing", "conversation": conversation_id(), "user": user, "on": on}


async def types(client: Client, *, on: bool = True, conversation: int = 1) -> None:
    await client.send(type="typing", conversation=conversation_id(conversation), on=on)


def counted(outcome: str) -> float:
    value: float = metrics.EDGE_TYPING.labels(outcome)._value.get()
    return value


async def talking(world: EdgeWorld) -> None:
    world.pipeline()
    await world.conversation()
    await eventually(lambda: conversation_id() in world.database.conversations)


@in_world
async def test_the_others_see_it_on_every_edge_and_device(world: EdgeWorld) -> None:
    one, other = await world.edge("edge-1"), await world.edge("edge-2")
    await talking(world)
    alice, phone = await Client(one).connect(), await Client(one, ALICE, "tablet").connect()
    bobs = [await Client(one, BOB).connect(), await Client(other, BOB, "laptop").connect()]
    carol = await Client(other, CAROL).connect()
    await types(alice)
    for bob in bobs:
        assert await bob.until("typing") == [word()]
    await types(alice, on=False)
    for bob in bobs:
        assert await bob.until("typing", 2) == [word(), word(on=False)]
    assert [found for client in (alice, phone, carol) for found in client.of_type("typing")] == []


@in_world
async def test_who_goes_on_typing_is_heard_every_two_seconds(world: EdgeWorld) -> None:
    edge = await world.edge()
    await talking(world)
    alice, bob = await Client(edge).connect(), await Client(edge, BOB).connect()
    for _ in range(100):
        await types(alice)
        await asyncio.sleep(0.1)
    assert len(bob.of_type("typing")) in (5, 6)


@in_world
async def test_who_wavers_is_heard_once_a_second_with_the_latest(world: EdgeWorld) -> None:
    edge = await world.edge()
    await talking(world)
    alice, bob = await Client(edge).connect(), await Client(edge, BOB).connect()
    for number in range(101):
        await types(alice, on=number % 2 == 0)
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    words = bob.of_type("typing")
    assert len(words) <= 7
    assert words[-1]["on"]


@in_world
async def test_strangers_and_those_who_stopped_before_they_began_are_not_heard(world: EdgeWorld) -> None:
    edge = await world.edge()
    await talking(world)
    carol, bob, before = await Client(edge, CAROL).connect(), await Client(edge, BOB).connect(), counted("not_a_member")
    await types(carol)
    await types(carol, conversation=2)
    await types(bob, on=False)
    await asyncio.sleep(10)
    assert counted("not_a_member") == before + 2
    assert bob.of_type("typing") == carol.of_type("typing") == []
    assert carol.close_code is None


@in_world
async def test_who_comes_is_told_within_the_caches_seconds(world: EdgeWorld) -> None:
    edge = await world.edge()
    await talking(world)
    alice = await Client(edge).connect()
    await types(alice)
    await asyncio.sleep(1)
    bob = await Client(edge, BOB).connect()
    await asyncio.sleep(5)
    await types(alice)
    assert await bob.until("typing") == [word()]


@in_world
async def test_what_cannot_be_told_is_dropped_and_messages_go_on(world: EdgeWorld) -> None:
    away = True

    async def no_store(step: StoreStep) -> None:
        if away and step.operation == "contacts.audiences":
            raise StoreUnavailable

    edge = await world.edge(store_step=no_store)
    await talking(world)
    alice, bob, before = await Client(edge).connect(), await Client(edge, BOB).connect(), counted("dropped")
    await types(alice)
    await alice.say("m1")
    assert [found["text"] for found in await bob.until("message")] == ["hello"]
    await eventually(lambda: counted("dropped") == before + 1)
    away = False
    await types(alice)
    assert await bob.until("typing") == [word()]


@in_world
async def test_more_than_there_is_room_for_is_dropped(world: EdgeWorld) -> None:
    config = EdgeConfig(typists=TypistsConfig(capacity=3))
    edge = await world.edge(config=config)
    await talking(world)
    alice, before = await Client(edge).connect(), counted("dropped")
    for number in range(1, 6):
        await types(alice, conversation=number)
    assert counted("dropped") == before + 2
    for number in range(10, 20):
        await asyncio.sleep(1)
        await types(alice, conversation=number)
    bob = await Client(edge, BOB).connect()
    await asyncio.sleep(10)
    await types(alice)
    assert await bob.until("typing") == [word()]


@in_world
async def test_a_word_that_comes_before_the_session_is_live_is_not_kept(world: EdgeWorld) -> None:
    held = asyncio.Event()

    async def snapshot_waits(step: StoreStep) -> None:
        if step.operation == "conversations.summaries" and step.moment == "after":
            await held.wait()

    one, other = await world.edge("edge-1", store_step=snapshot_waits), await world.edge("edge-2")
    await talking(world)
    bob = Client(one, BOB)
    connecting = asyncio.create_task(bob.connect())
    alice = await Client(other).connect()
    await asyncio.sleep(1)
    await types(alice)
    await asyncio.sleep(1)
    held.set()
    await connecting
    await asyncio.sleep(1)
    assert bob.of_type("typing") == []
    await asyncio.sleep(2)
    await types(alice)
    assert await bob.until("typing") == [word()]
