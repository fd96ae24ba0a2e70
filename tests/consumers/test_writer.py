"""The writer's handling of a batch: stored once, told at least once, in order; whoever else is at it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
import pytest

from bus.errors import NotOwner, Refused
from bus.ports import Partition, Record
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.conversation import Batch
from schemas.commands import AddMember, Block, DeleteGroup, RemoveMember
from schemas.errors import ErrorCode
from schemas.headers import REPLY_TO, SCHEMA, TRACEPARENT
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind
from schemas.topics import EVENTS, edge_topic, edge_topic_spec
from store.errors import StoreUnavailable
from store.ports import Session
from tests.consumers.world import World, in_world
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id, create, delete, edit, handled, react, send

EDGE = edge_topic("edge-1", "abc")
REPLY = ((SCHEMA, b"command/1"), (REPLY_TO, f"{EDGE}/s_sender".encode()), (TRACEPARENT, b"a-trace"))


async def owner(partitions: frozenset[Partition]) -> None:
    """A group that never refuses."""


def writer(world: World) -> WriterHandler:
    emitter = Emitter(world.store.sessions, world.store.conversations, world.producer)
    return WriterHandler(world.store.decisions, emitter, owner, world.random, WriterConfig())


async def people(world: World) -> None:
    world.cluster.create([edge_topic_spec(EDGE)])
    for number, user in enumerate((ALICE, BOB), start=1):
        await world.user(user, topic=False)
        session = Session(f"s_{number:026d}", user, "phone", "login", EDGE, "abc", NOW)
        await world.store.sessions.register([session])


def deliveries(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """Type of each frame on the edge's topic with its addressees, in order."""
    found = [orjson.loads(record.value or b"") for record in world.records(EDGE)]
    return [(one["frame"]["type"], tuple(one["to"])) for record in found for one in record["deliveries"]]


@in_world
async def test_everyone_is_told_in_order(world: World) -> None:
    await people(world)
    subject = writer(world)

    await handled(subject, [await world.append(create(), REPLY), await world.append(send("m1"), REPLY)])

    both = {"s_00000000000000000000000001", "s_00000000000000000000000002"}
    told = deliveries(world)
    assert [kind for kind, _ in told] == ["conversation", "conversation", "stored", "stored", "message"]
    assert {told[0][1][0], told[1][1][0]} == both
    assert told[2][1] == told[3][1] == ("s_sender",)
    assert set(told[4][1]) == both
    assert [orjson.loads(record.value or b"")["type"] for record in world.records(EVENTS)] == [
        "conversation_created",
        "message_stored",
    ]


@in_world
async def test_a_batch_that_comes_again_is_told_and_not_stored_again(world: World) -> None:
    await people(world)
    batch = [await world.append(create(), REPLY), await world.append(send("m1"), REPLY)]
    await handled(writer(world), batch)
    first = deliveries(world)

    await handled(writer(world), batch)

    assert deliveries(world) == first * 2
    assert list(world.database.messages[conversation_id()]) == [1]
    events = [orjson.loads(record.value or b"")["event_id"] for record in world.records(EVENTS)]
    assert events[:2] == events[2:]


@in_world
async def test_a_retry_is_answered_to_its_own_address_only(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(create(), REPLY), await world.append(send("m1"), REPLY)])
    before = len(deliveries(world))
    elsewhere = ((REPLY_TO, f"{EDGE}/s_other".encode()),)

    await handled(subject, [await world.append(send("m1"), elsewhere)])

    assert deliveries(world)[before:] == [("stored", ("s_other",))]


@in_world
async def test_a_refusal_is_the_senders_alone(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(create(), REPLY)])
    before = len(deliveries(world))

    await handled(subject, [await world.append(send("m1", CAROL), REPLY)])

    assert deliveries(world)[before:] == [("rejected", ("s_sender",))]
    assert world.records(EVENTS)[1:] == []


@in_world
async def test_a_zombies_batch_changes_nothing(world: World) -> None:
    """Two writers hold the same batch: one stores it, the other finds it stored and tells it again."""
    await people(world)
    zombie, heir = writer(world), writer(world)
    created = await world.append(create(), REPLY)
    await handled(zombie, [created])
    first = await world.append(send("m1"), REPLY)
    await handled(heir, [created, first])

    await handled(zombie, [first, await world.append(send("m2"), REPLY)])

    stored = world.database.messages[conversation_id()]
    assert [stored[seq].client_id for seq in sorted(stored)] == ["m1", "m2"]


@in_world
async def test_who_lost_the_partition_stops_at_the_conflict(world: World) -> None:
    await people(world)
    asked: list[frozenset[Partition]] = []

    async def refused(partitions: frozenset[Partition]) -> None:
        asked.append(partitions)
        raise NotOwner("not ours")

    emitter = Emitter(world.store.sessions, world.store.conversations, world.producer)
    zombie = WriterHandler(world.store.decisions, emitter, refused, world.random, WriterConfig())
    created = await world.append(create(), REPLY)
    await handled(zombie, [created])
    first = await world.append(send("m1"), REPLY)
    await handled(writer(world), [first])

    with pytest.raises(NotOwner):
        await handled(zombie, [first])

    assert asked == [frozenset({Partition("conversations", first.partition)})]


@in_world
async def test_done_but_not_told_by_the_store_is_settled_by_reading(world: World) -> None:
    """The commit's answer is lost: the batch comes again, and is only told."""
    await people(world)
    subject = writer(world)
    created, first = await world.append(create(), REPLY), await world.append(send("m1"), REPLY)
    await handled(subject, [created])
    apply = world.store.decisions.apply

    async def forgetful(batch: Batch) -> None:
        await apply(batch)
        raise StoreUnavailable("the answer was lost")

    emitter = Emitter(world.store.sessions, world.store.conversations, world.producer)
    unlucky = WriterHandler(_Apply(world, forgetful), emitter, owner, world.random, WriterConfig())
    with pytest.raises(StoreUnavailable):
        await handled(unlucky, [first])

    await handled(subject, [first])

    assert list(world.database.messages[conversation_id()]) == [1]
    assert deliveries(world)[-1][0] == "message"


class _Apply:
    """The world's decisions with another `apply`."""

    def __init__(self, world: World, apply: Callable[[Batch], Coroutine[Any, Any, None]]) -> None:
        self.load = world.store.decisions.load
        self.outcomes = world.store.decisions.outcomes
        self.messages = world.store.decisions.messages
        self.apply = apply


@in_world
async def test_an_edge_that_is_no_more_counts_as_told(world: World) -> None:
    await people(world)
    batch = [await world.append(create(), REPLY), await world.append(send("m1"), REPLY)]
    world.cluster.delete([EDGE])

    await handled(writer(world), batch)

    assert list(world.database.messages[conversation_id()]) == [1]
    assert len(world.records(EVENTS)) == 2


@in_world
async def test_a_dead_letter_moves_applied_and_tells_internal(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(create(), REPLY)])
    poison = await world.append(send("m1"), REPLY)

    await subject.dead_lettered(poison, ValueError("poison"))

    assert deliveries(world)[-1] == ("rejected", ("s_sender",))
    assert world.database.conversations[conversation_id()].applied.offset == poison.offset
    redriven = await world.append(send("m1"), REPLY)
    await handled(subject, [redriven])
    assert list(world.database.messages[conversation_id()]) == [1]


@in_world
async def test_a_version_above_ours_is_refused(world: World) -> None:
    record = await world.append(send("m1"), ((SCHEMA, b"command/2"),))

    with pytest.raises(Refused) as refused:
        await handled(writer(world), [record])

    assert refused.value.code == "unsupported_version"


@in_world
async def test_a_large_batch_is_split_for_the_edge(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(create(), REPLY)])
    text = "x" * 15_000

    await handled(subject, [await world.append(send(f"m{number}", text=text), REPLY) for number in range(100)])

    sizes = [len(record.value or b"") for record in world.records(EDGE)]
    assert max(sizes) < 600_000
    assert [kind for kind, _ in deliveries(world)].count("message") == 100


@in_world
async def test_members_of_a_new_group_see_it_as_theirs(world: World) -> None:
    await people(world)
    group = create(kind=ConversationKind.GROUP)

    await handled(writer(world), [await world.append(group, REPLY)])

    frames = [one["frame"] for record in world.records(EDGE) for one in orjson.loads(record.value or b"")["deliveries"]]
    assert [frame["type"] for frame in frames] == ["conversation", "conversation", "stored"]
    assert frames[0]["kind"] == "group"
    assert {member["user"]: member["role"] for member in frames[0]["members"]} == {ALICE: "admin", BOB: "member"}


@in_world
async def test_nothing_is_told_before_it_is_stored(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(create(), REPLY)])
    before = len(deliveries(world))

    async def never(batch: Batch) -> None:
        await asyncio.sleep(3600)

    emitter = Emitter(world.store.sessions, world.store.conversations, world.producer)
    slow = WriterHandler(_Apply(world, never), emitter, owner, world.random, WriterConfig())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await handled(slow, [await world.append(send("m1"), REPLY)])

    assert len(deliveries(world)) == before


def _codes(record: Record) -> list[str]:
    return [one["frame"]["error"]["code"] for one in orjson.loads(record.value or b"")["deliveries"]]


@in_world
async def test_a_message_to_nowhere_says_not_found(world: World) -> None:
    await people(world)

    await handled(writer(world), [await world.append(send("m1"), REPLY)])

    assert _codes(world.records(EDGE)[0]) == [ErrorCode.NOT_FOUND]


@in_world
async def test_a_change_is_told_to_all_and_again_after_a_crash(world: World) -> None:
    await people(world)
    batch = [await world.append(one, REPLY) for one in (create(), send("m1"), edit(1), react(1, sender=BOB), delete(1))]
    await handled(writer(world), batch)
    first = deliveries(world)
    assert [kind for kind, _ in first][2:] == ["stored", "stored", "message"] + ["stored", "message"] * 3

    await handled(writer(world), batch)

    again = deliveries(world)[len(first) :]
    assert [kind for kind, _ in again if kind != "conversation"] == ["stored"] * 5 + ["message"]
    frames = [one["frame"] for record in world.records(EDGE) for one in orjson.loads(record.value or b"")["deliveries"]]
    stored = [(frame["id"], frame["seq"], frame["rev"]) for frame in frames if frame["type"] == "stored"]
    assert stored[:5] == stored[5:] == [("create", 0, 0), ("m1", 1, 1), ("e1", 1, 2), ("r1", 1, 3), ("d1", 1, 4)]
    events = [orjson.loads(record.value or b"") for record in world.records(EVENTS)]
    assert [event.get("change") for event in events[:5]] == [None, None, "edit", "react", "delete"]
    assert [event["event_id"] for event in events[:5]] == [event["event_id"] for event in events[5:]]


@in_world
async def test_what_changes_nothing_is_told_to_its_sender_alone(world: World) -> None:
    await people(world)
    subject = writer(world)
    await handled(subject, [await world.append(one, REPLY) for one in (create(), send("m1"), react(1))])
    before, events = len(deliveries(world)), len(world.records(EVENTS))

    await handled(subject, [await world.append(react(1, client_id="again"), REPLY)])

    assert deliveries(world)[before:] == [("stored", ("s_sender",))]
    assert len(world.records(EVENTS)) == events
    assert world.database.conversations[conversation_id()].rev == 2


GROUP: Any = {"conversation": conversation_id(), "sender": ALICE}


def told_to(world: World, session: str) -> list[tuple[str, int | str]]:
    """What one session was told: rev of each message and summary, reason of each end."""
    found = [orjson.loads(record.value or b"") for record in world.records(EDGE)]
    frames = [one["frame"] for record in found for one in record["deliveries"] if session in one["to"]]
    return [(frame["type"], frame.get("reason", frame.get("rev"))) for frame in frames]


async def group(world: World) -> WriterHandler:
    await people(world)
    subject = writer(world)
    founded = await world.append(create(kind=ConversationKind.GROUP))
    await handled(subject, [founded, await world.append(send("m1"))])
    return subject


@in_world
async def test_who_is_removed_hears_of_it_and_then_nothing(world: World) -> None:
    subject = await group(world)
    removal = await world.append(RemoveMember(**GROUP, client_id="r", user=BOB), REPLY)
    await handled(subject, [removal, await world.append(send("m2")), await world.append(send("m3", BOB), REPLY)])

    alice, bob = "s_00000000000000000000000001", "s_00000000000000000000000002"
    assert told_to(world, bob) == [
        ("conversation", 1), ("message", 1), ("message", 2), ("conversation", 2), ("gone", "removed"),
    ]  # fmt: skip
    assert told_to(world, alice)[2:] == [("message", 2), ("conversation", 3), ("message", 3)]
    assert deliveries(world)[-1] == ("rejected", ("s_sender",))


@in_world
async def test_a_removal_told_again_says_gone_unless_he_is_back(world: World) -> None:
    subject = await group(world)
    removal = await world.append(RemoveMember(**GROUP, client_id="r", user=BOB))
    await handled(subject, [removal])
    bob = "s_00000000000000000000000002"

    await handled(writer(world), [removal])
    assert told_to(world, bob)[-1] == ("gone", "removed")

    back = await world.append(AddMember(**GROUP, client_id="a", user=BOB))
    await handled(subject, [back])
    before = len(told_to(world, bob))
    await handled(writer(world), [removal, back])
    assert told_to(world, bob)[before:] == [("message", 2), ("conversation", 3), ("message", 3)]


@in_world
async def test_a_newcomer_is_shown_the_group_first(world: World) -> None:
    subject = await group(world)
    await world.user(CAROL, topic=False)
    await world.store.sessions.register([Session("s_carol", CAROL, "phone", "login", EDGE, "abc", NOW)])

    await handled(subject, [await world.append(AddMember(**GROUP, client_id="a", user=CAROL), REPLY)])

    assert told_to(world, "s_carol") == [("conversation", 2), ("message", 2)]
    assert told_to(world, "s_00000000000000000000000002")[-2:] == [("message", 2), ("conversation", 2)]


@in_world
async def test_a_deleted_group_is_gone_for_all_and_again_after_a_crash(world: World) -> None:
    subject = await group(world)
    end = await world.append(DeleteGroup(**GROUP, client_id="d"), REPLY)
    await handled(subject, [end])
    await handled(writer(world), [end])

    for session in ("s_00000000000000000000000001", "s_00000000000000000000000002"):
        assert told_to(world, session)[2:] == [("gone", "deleted")] * 2
    types = [orjson.loads(record.value or b"")["type"] for record in world.records(EVENTS)]
    assert types[2:] == ["conversation_ended"] * 2


@in_world
async def test_a_block_is_shown_to_the_one_who_blocks(world: World) -> None:
    await people(world)
    conversation = direct_conversation_id(ALICE, BOB)
    block = Block(conversation=conversation, sender=ALICE, client_id="b", user=BOB, on=True, epoch="e")

    await handled(writer(world), [await world.append(block, REPLY)])

    assert [kind for kind, _ in deliveries(world)] == ["stored", "conversation"]
    assert told_to(world, "s_00000000000000000000000002") == []
    assert world.records(EVENTS) == []
