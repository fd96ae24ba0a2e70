"""What clients say of how far they have come: gathered, clamped, produced at least once, told by delivery status."""

import asyncio
from random import Random

from bus.errors import Unavailable
from bus.memory import MemoryBus
from bus.memory.checkpoint import Step as BusStep
from bus.ports import Partition
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from domain.receipts import MemberCursor, Reader
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.receipts import ReceiptBufferConfig
from schemas.errors import ErrorCode
from schemas.receipts import ReceiptRecord
from schemas.topics import RECEIPTS
from store.errors import StoreUnavailable
from store.memory import MemoryStore
from store.memory import Step as StoreStep
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, CAROL, conversation_id, send
from tests.virtually import eventually

ONE = conversation_id(1)


async def talk(world: EdgeWorld, messages: int) -> None:
    """Alice says so much to Bob."""
    await world.conversation()
    for number in range(1, messages + 1):
        await world.command(send(f"m{number}"))
    await eventually(lambda: len(world.database.messages.get(ONE, ())) == messages)


def produced(world: EdgeWorld) -> list[ReceiptRecord]:
    numbers = range(world.cluster.topics()[RECEIPTS])
    logs = [log for number in numbers if (log := world.cluster.log(Partition(RECEIPTS, number)))]
    return [ReceiptRecord.model_validate_json(record.value or b"") for log in logs for record in log.records]


def reached(world: EdgeWorld) -> list[tuple[str, int, int]]:
    return [(record.user, record.delivered, record.read) for record in produced(world)]


def delivery_status(world: EdgeWorld) -> None:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    world.run(DeliveryStatus(bus, store, Random(5), world.now, DeliveryStatusConfig()).run())


@in_world
async def test_the_whole_way(world: EdgeWorld) -> None:
    world.pipeline()
    delivery_status(world)
    edge, other = await world.edge(), await world.edge("edge-2")
    await world.conversation()
    await eventually(lambda: ONE in world.database.conversations)
    alice, bob, tablet = Client(edge), Client(edge, BOB), Client(other, BOB, "tablet")
    for client in (alice, bob, tablet):
        await client.connect()
    await alice.say("m1")
    await bob.until("message")
    await bob.send(type="delivered", conversation=ONE, seq=1)
    (told,) = await alice.until("receipt")
    assert {name: told[name] for name in ("conversation", "user", "delivered", "read")} == {
        "conversation": ONE,
        "user": BOB,
        "delivered": 1,
        "read": 0,
    }
    await tablet.send(type="read", conversation=ONE, seq=1)
    assert [(one["delivered"], one["read"]) for one in await alice.until("receipt", 2)] == [(1, 0), (1, 1)]
    assert [(one["delivered"], one["read"]) for one in await bob.until("receipt")] == [(1, 1)]
    assert [(one["delivered"], one["read"]) for one in await tablet.until("receipt")] == [(1, 0)]
    again = await Client(other, ALICE, "laptop").connect()
    (summary,) = again.of_type("connected")[0]["conversations"]
    assert {one["user"]: (one["delivered"], one["read"]) for one in summary["members"]} == {
        ALICE: (0, 0),
        BOB: (1, 1),
    }


@in_world
async def test_what_one_says_within_a_quarter_of_a_second_is_one_record(world: EdgeWorld) -> None:
    world.pipeline()
    await talk(world, 5)
    edge = await world.edge()
    bob, tablet = await Client(edge, BOB).connect(), await Client(edge, BOB, "tablet").connect()
    for seq in (1, 3, 2):
        await bob.send(type="delivered", conversation=ONE, seq=seq)
    await bob.send(type="read", conversation=ONE, seq=1)
    await asyncio.sleep(1)
    assert reached(world) == [(BOB, 3, 1)]
    assert produced(world)[0].session == bob.frames[0]["session"]

    await bob.send(type="delivered", conversation=ONE, seq=4)
    await tablet.send(type="delivered", conversation=ONE, seq=5)
    await asyncio.sleep(1)
    assert reached(world)[1:] == [(BOB, 5, 0)]
    assert produced(world)[1].session is None, "said by two sockets: both have to be told"


@in_world
async def test_nobody_has_more_than_there_is(world: EdgeWorld) -> None:
    world.pipeline()
    await talk(world, 2)
    bob = await Client(await world.edge(), BOB).connect()
    await bob.send(type="delivered", conversation=ONE, seq=9)
    await bob.send(type="read", conversation=ONE, seq=2**53 - 1)
    await asyncio.sleep(1)
    assert reached(world) == [(BOB, 2, 2)]


@in_world
async def test_the_store_is_not_asked_for_a_head_that_was_seen(world: EdgeWorld) -> None:
    asked: list[str] = []

    async def note(step: StoreStep) -> None:
        asked.append(step.operation)
        await asyncio.sleep(0)

    world.pipeline()
    await talk(world, 2)
    edge = await world.edge(store_step=note)
    alice, bob = await Client(edge).connect(), await Client(edge, BOB).connect()
    await bob.send(type="delivered", conversation=ONE, seq=2)
    await alice.say("m3")
    await bob.until("message")
    await bob.send(type="delivered", conversation=ONE, seq=3)
    await asyncio.sleep(1)
    assert reached(world) == [(BOB, 3, 0)]
    assert "conversations.heads" not in asked


@in_world
async def test_strangers_and_former_members_are_refused(world: EdgeWorld) -> None:
    world.pipeline()
    await talk(world, 1)
    carol = await Client(await world.edge(), CAROL).connect()
    await carol.send(type="delivered", id="d", conversation=ONE, seq=1)
    await carol.send(type="read", conversation=conversation_id(7), seq=1)
    await carol.send(type="read", id="r", conversation=ONE, seq=0)
    await carol.send(type="read", conversation=ONE, seq=True)
    await asyncio.sleep(1)
    errors = [(one.get("id"), one["error"]["code"]) for one in carol.of_type("error")]
    assert errors == [
        ("d", ErrorCode.NOT_FOUND),
        (None, ErrorCode.NOT_FOUND),
        ("r", ErrorCode.INVALID_FRAME),
        (None, ErrorCode.INVALID_FRAME),
    ]
    assert reached(world) == []
    assert carol.close_code is None


@in_world
async def test_while_kafka_or_the_store_is_away_receipts_wait(world: EdgeWorld) -> None:
    down = {"produce", "heads"}

    async def no_kafka(step: BusStep) -> None:
        await asyncio.sleep(0)
        if step.subject == RECEIPTS and "produce" in down:
            raise Unavailable("on purpose")

    async def no_store(step: StoreStep) -> None:
        await asyncio.sleep(0)
        if step.operation == "conversations.heads" and "heads" in down:
            raise StoreUnavailable("on purpose")

    world.pipeline()
    await talk(world, 3)
    edge = await world.edge(bus_step=no_kafka, store_step=no_store)
    bob = await Client(edge, BOB).connect()
    await bob.send(type="delivered", conversation=ONE, seq=2)
    await bob.send(type="read", conversation=ONE, seq=9)
    await asyncio.sleep(20)
    down.remove("heads")
    await asyncio.sleep(20)
    assert reached(world) == []
    await bob.send(type="delivered", conversation=ONE, seq=3)
    down.clear()
    await eventually(lambda: reached(world) == [(BOB, 3, 3)])


@in_world
async def test_the_buffer_has_a_bound(world: EdgeWorld) -> None:
    world.pipeline()
    for number in (1, 2, 3):
        await world.conversation(number)
        await world.command(send("m1", conversation=number))
    await eventually(lambda: len(world.database.messages) == 3)
    config = EdgeConfig(receipts=ReceiptBufferConfig(capacity=2))
    bob = await Client(await world.edge(config=config), BOB).connect()
    for number in (1, 2, 3):
        await bob.send(type="read", conversation=conversation_id(number), seq=1)
    await asyncio.sleep(1)
    assert {record.conversation for record in produced(world)} == {conversation_id(2), conversation_id(3)}


@in_world
async def test_an_edge_that_goes_away_leaves_no_receipt_behind(world: EdgeWorld) -> None:
    world.pipeline()
    await talk(world, 2)
    edge = await world.edge(config=EdgeConfig(receipts=ReceiptBufferConfig(coalesce_seconds=3600)))
    bob = await Client(edge, BOB).connect()
    await bob.send(type="read", conversation=ONE, seq=2)
    await edge.node.drain(0)
    assert reached(world) == [(BOB, 2, 2)]


@in_world
async def test_a_drain_does_not_wait_for_ever(world: EdgeWorld) -> None:
    async def no_kafka(step: BusStep) -> None:
        await asyncio.sleep(0)
        if step.subject == RECEIPTS:
            raise Unavailable("on purpose")

    world.pipeline()
    await talk(world, 2)
    edge = await world.edge(bus_step=no_kafka)
    bob = await Client(edge, BOB).connect()
    await bob.send(type="read", conversation=ONE, seq=2)
    async with asyncio.timeout(10):
        await edge.node.drain(0)
    assert reached(world) == []


@in_world
async def test_deliveries_that_were_lost_may_have_been_receipts(world: EdgeWorld) -> None:
    world.pipeline()
    await talk(world, 2)
    edge = await world.edge()
    alice = await Client(edge).connect()
    await world.store.receipts.advance([], {Reader(ONE, BOB): MemberCursor(2, 1)})
    edge.node.resident.missed()
    (shown,) = await alice.until("conversation")
    assert {one["user"]: (one["delivered"], one["read"]) for one in shown["members"]}[BOB] == (2, 1)
