"""Delivery status: stored once, told at least once, to those whom it concerns and to nobody else."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bus.errors import Refused
from bus.memory import MemoryBus
from bus.ports import Outgoing, Record
from consumers.delivery_status.delivery_status import GROUP, DeliveryStatus, DeliveryStatusConfig
from consumers.delivery_status.handler import DeliveryStatusHandler
from consumers.delivery_status.telling import Teller
from consumers.delivery_status.watermarks import WatermarkConfig, WatermarkKeeper
from domain.conversation import Conversation
from domain.receipts import MemberCursor, Reader, RowKey
from schemas.headers import SCHEMA
from schemas.messages import ConversationKind, Message
from schemas.preferences import PreferencesChange
from schemas.receipts import ReceiptKind, ReceiptRecord
from schemas.topics import RECEIPTS, edge_topic, edge_topic_spec
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from store.ports import Session
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, CAROL, EPOCH, NOW, conversation, conversation_id, handled
from tests.simulation.clock import VirtualLoop
from tests.virtually import eventually

EDGE = edge_topic("edge-1", "abc")
ONE = conversation_id(1)


def session_of(user: str, device: str = "phn") -> str:
    return f"s_{'0' * 20}{user[-3:]}{device.upper()}"


async def people(world: World, *devices: tuple[str, str]) -> None:
    """Alice, Bob and Carol in a group; each with a phone, and these devices more."""
    world.cluster.create([edge_topic_spec(EDGE)])
    for user in (ALICE, BOB, CAROL):
        await world.user(user, topic=False)
    for user, device in (*((user, "phn") for user in (ALICE, BOB, CAROL)), *devices):
        session = Session(session_of(user, device), user, device, "login", EDGE, "abc", NOW)
        await world.store.sessions.register([session])
    world.database.conversations[ONE] = group(ALICE, BOB, CAROL)


def group(*members: str, former: tuple[str, ...] = ()) -> Conversation:
    return conversation(1, members, former, kind=ConversationKind.GROUP)


def said(world: World, *senders: str) -> None:
    """Messages 1, 2, … of the group."""
    world.database.messages[ONE] = {
        seq: Message(conversation=ONE, epoch=EPOCH, seq=seq, rev=seq, sender=sender, client_id=f"m{seq}", sent_at=NOW)
        for seq, sender in enumerate(senders, start=1)
    }


async def mark(world: World, user: str, delivered: int = 0, read: int = 0, session: str | None = None) -> Record:
    """Put what an edge would say into `receipts`, a second after what was there."""
    await asyncio.sleep(1)
    said = ReceiptRecord(conversation=ONE, user=user, delivered=delivered, read=read, session=session)
    at = await world.producer.send(Outgoing(RECEIPTS, said.model_dump_json().encode(), key=ONE.encode()))
    return world.records(RECEIPTS, at.partition)[-1]


def handler(world: World, store: MemoryStore | None = None) -> DeliveryStatusHandler:
    store = store or world.store
    return DeliveryStatusHandler(store.receipts, Teller(store.receipts, store.sessions, store.users, world.producer))


def pushes(world: World) -> list[tuple[dict[str, Any], set[str]]]:
    """Each frame on the edge's topic with its addressees, in order."""
    found = [orjson.loads(record.value or b"") for record in world.records(EDGE)]
    return [(one["frame"], set(one["to"])) for record in found for one in record["deliveries"]]


def told(world: World) -> list[tuple[str, int, int, set[str]]]:
    """Who is told that who has come how far."""
    return [(frame["user"], frame["delivered"], frame["read"], to) for frame, to in pushes(world)]


@in_world
async def test_senders_of_what_is_newly_covered_and_other_devices_are_told(world: World) -> None:
    await people(world, (BOB, "tab"))
    said(world, ALICE, CAROL, ALICE)
    subject = handler(world)

    await handled(subject, [await mark(world, BOB, delivered=1, session=session_of(BOB))])
    await handled(subject, [await mark(world, BOB, delivered=2, session=session_of(BOB))])
    record = await mark(world, BOB, read=3, session=session_of(BOB, "tab"))
    await handled(subject, [record])

    assert told(world) == [
        (BOB, 1, 0, {session_of(BOB, "tab"), session_of(ALICE)}),
        (BOB, 2, 0, {session_of(BOB, "tab"), session_of(CAROL)}),
        (BOB, 3, 3, {session_of(BOB), session_of(ALICE), session_of(CAROL)}),
    ]
    frame, _ = pushes(world)[-1]
    assert frame["type"] == "receipt"
    assert frame["conversation"] == ONE
    (stored,) = [r for r in world.database.receipts.values() if r.key.kind is ReceiptKind.READ]
    assert stored.key == RowKey(Reader(ONE, BOB), ReceiptKind.READ, 3)
    assert int(stored.at.timestamp() * 1000) == record.timestamp
    assert world.database.cursors == {Reader(ONE, BOB): MemberCursor(3, 3)}


@in_world
async def test_a_batch_is_one_push_for_each_reader_with_where_he_is_after_it(world: World) -> None:
    await people(world)
    said(world, ALICE, CAROL, ALICE)
    batch = [
        await mark(world, BOB, delivered=1),
        await mark(world, CAROL, delivered=3),
        await mark(world, BOB, read=2),
        await mark(world, BOB, delivered=3, read=1),
    ]
    await handled(handler(world), batch)
    assert told(world) == [
        (BOB, 3, 2, {session_of(BOB), session_of(ALICE), session_of(CAROL)}),
        (CAROL, 3, 0, {session_of(CAROL), session_of(ALICE)}),
    ]


@in_world
async def test_who_keeps_his_receipts_private_shows_them_to_his_own_devices_only(world: World) -> None:
    await people(world, (BOB, "tab"))
    said(world, ALICE)
    await world.store.users.change_preferences(BOB, PreferencesChange(read_receipts=False))
    await handled(handler(world), [await mark(world, BOB, read=1, session=session_of(BOB))])
    assert told(world) == [(BOB, 1, 1, {session_of(BOB, "tab")})]


@in_world
async def test_what_says_nothing_new_is_told_to_nobody(world: World) -> None:
    await people(world)
    said(world, ALICE, ALICE)
    subject = handler(world)
    await handled(subject, [await mark(world, BOB, read=2)])
    await handled(subject, [await mark(world, BOB, delivered=1), await mark(world, BOB, read=2)])
    assert len(told(world)) == 1
    assert world.database.cursors == {Reader(ONE, BOB): MemberCursor(2, 2)}


@in_world
async def test_a_batch_that_comes_again_is_told_again_and_changes_nothing(world: World) -> None:
    await people(world)
    said(world, ALICE, CAROL)
    batch = [await mark(world, BOB, delivered=1), await mark(world, BOB, read=2), await mark(world, BOB, delivered=1)]
    await handled(handler(world), batch)
    first, rows = told(world), dict(world.database.receipts)

    await handled(handler(world), batch)
    for record in batch:  # and in other batches than before
        await handled(handler(world), [record])

    again = told(world)[len(first) :]
    assert again[0] == first[0]
    assert [(delivered, read, to) for _, delivered, read, to in again[1:]] == [
        (2, 2, {session_of(BOB), session_of(ALICE)}),
        (2, 2, {session_of(BOB), session_of(ALICE), session_of(CAROL)}),
    ]
    assert world.database.receipts == rows


class Cut:
    """A store that is lost at one step, once."""

    def __init__(self, step: Step) -> None:
        self._step: Step | None = step

    async def __call__(self, step: Step) -> None:
        await asyncio.sleep(0)
        if step == self._step:
            self._step = None
            raise StoreUnavailable("on purpose")


STEPS = [Step(f"receipts.{name}", moment) for name in ("cursors", "insert", "raise") for moment in ("before", "after")]


@pytest.mark.parametrize("step", [*STEPS, Step("sessions.of", "before"), Step("receipts.senders", "after")])
def test_whatever_is_cut_off_comes_again_whole(step: Step) -> None:
    @in_world
    async def scenario(world: World) -> None:
        await people(world)
        said(world, ALICE, CAROL)
        subject = handler(world, MemoryStore(world.database, Cut(step)))
        batch = [await mark(world, BOB, delivered=2, session=session_of(BOB))]
        with pytest.raises(StoreUnavailable):
            await handled(subject, batch)
        await handled(subject, batch)
        assert told(world) == [(BOB, 2, 0, {session_of(ALICE), session_of(CAROL)})]
        assert world.database.cursors == {Reader(ONE, BOB): MemberCursor(2, 0)}
        assert len(world.database.receipts) == 1

    scenario()


@in_world
async def test_two_who_hold_the_same_batch_never_move_a_cursor_back(world: World) -> None:
    await people(world)
    said(world, ALICE, ALICE, ALICE)
    early, late = await mark(world, BOB, delivered=1), await mark(world, BOB, delivered=3)
    paused = asyncio.Event()

    async def hold(step: Step) -> None:
        await asyncio.sleep(0)
        if step == Step("receipts.raise", "before"):
            await paused.wait()

    zombie = asyncio.create_task(handled(handler(world, MemoryStore(world.database, hold)), [early]))
    await asyncio.sleep(1)
    await handled(handler(world), [early, late])
    paused.set()
    await zombie
    assert world.database.cursors == {Reader(ONE, BOB): MemberCursor(3, 0)}


@in_world
async def test_former_members_are_told_nothing_and_nobody_is_told_of_them(world: World) -> None:
    await people(world)
    said(world, ALICE, CAROL)
    world.database.conversations[ONE] = group(ALICE, BOB, former=(CAROL,))
    await handled(handler(world), [await mark(world, BOB, read=2), await mark(world, CAROL, read=2)])
    assert world.database.cursors == {Reader(ONE, BOB): MemberCursor(2, 2)}
    assert told(world) == [(BOB, 2, 2, {session_of(BOB), session_of(ALICE)})]


@in_world
async def test_what_cannot_be_read_is_refused(world: World) -> None:
    record = await mark(world, BOB, read=1)
    for broken in (
        replace(record, value=b"{"),
        replace(record, value=None),
        replace(record, value=b'{"conversation":"c_1","user":"u_1","read":1}'),
        replace(record, value=(record.value or b"").replace(b'"read":1', b'"read":-1')),
    ):
        with pytest.raises(ValueError, match="ReceiptRecord"):
            await handler(world).handle([broken])
    with pytest.raises(Refused):
        await handler(world).handle([replace(record, headers=((SCHEMA, b"receipt/2"),))])


def keeper(world: World, sightings: int = 600) -> WatermarkKeeper:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    config = WatermarkConfig(sightings=sightings)
    watermarks = world.store.receipt_watermarks
    return WatermarkKeeper(GROUP, world.bus.admin(), watermarks, loop.now, world.random, config)


async def commit(world: World, offsets: dict[int, int]) -> None:
    """As a member of the group that owns everything."""
    world.cluster.group(GROUP, RECEIPTS)._committed.update(offsets)


@in_world
async def test_the_watermark_of_an_idle_partition_moves_with_time(world: World) -> None:
    subject = keeper(world)
    await subject.look()
    first = dict(await world.store.receipt_watermarks.load())
    await asyncio.sleep(5)
    await subject.look()
    second = await world.store.receipt_watermarks.load()
    assert len(first) == world.cluster.topics()[RECEIPTS]
    assert {(second[number] - at).total_seconds() for number, at in first.items()} == {5.0}


@in_world
async def test_the_watermark_waits_for_what_is_not_committed(world: World) -> None:
    subject = keeper(world, sightings=3)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    record = await mark(world, BOB, read=1)
    await subject.look()
    assert record.partition not in await world.store.receipt_watermarks.load()
    sighted = loop.now()
    await mark(world, BOB, read=2)
    for _ in range(5):
        await subject.look()
        await asyncio.sleep(1)

    await commit(world, {record.partition: 1})
    await subject.look()
    assert (await world.store.receipt_watermarks.load())[record.partition] == sighted
    await commit(world, {record.partition: 2})
    await subject.look()
    await subject.look()
    assert (await world.store.receipt_watermarks.load())[record.partition] == loop.now()


@in_world
async def test_the_whole_consumer(world: World) -> None:
    await people(world)
    said(world, ALICE, ALICE)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    subject = DeliveryStatus(
        MemoryBus(world.cluster), MemoryStore(world.database), world.random, loop.now, DeliveryStatusConfig()
    )
    async with running(subject.run()):
        record = await mark(world, BOB, read=2)
        await eventually(lambda: bool(told(world)))
        at = loop.now()
        await eventually(lambda: world.database.receipt_watermarks.get(record.partition, at) > at)
    assert told(world) == [(BOB, 2, 2, {session_of(BOB), session_of(ALICE)})]
