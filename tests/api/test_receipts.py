"""What became of a message at each of its recipients, and reading over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx
import pytest

from bus.errors import BusError, Unavailable, UnknownOutcome
from bus.memory import MemoryBus
from bus.memory.checkpoint import Step
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from domain.receipts import MemberCursor, Reader
from producer_gateway.receipts import ReceiptSender
from producer_gateway.submitting import NotSubmitted
from schemas.errors import ErrorCode
from schemas.receipts import ReceiptRecord
from store.memory import MemoryStore
from tests.api.world import Person, World, assert_problem
from tests.consumers.world import running as beside
from tests.making import ALICE, conversation_id


@asynccontextmanager
async def delivery_status(world: World) -> AsyncIterator[None]:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    async with beside(DeliveryStatus(bus, store, Random(5), world.clock, DeliveryStatusConfig()).run()):
        yield


async def read(world: World, person: Person, message: str) -> httpx.Response:
    return await world.client.put(f"/api/messages/{message}/read", headers=person.headers)


async def receipts(world: World, person: Person, message: str) -> dict[str, dict[str, Any]]:
    found = await world.get(f"/api/messages/{message}/receipts", person)
    assert found.status_code == 200, found.text
    assert found.json()["message"] == message
    return {one.pop("user"): one for one in found.json()["receipts"]}


async def until_read(world: World, conversation: str, person: Person, seq: int) -> None:
    reader = Reader(conversation, person.id)
    while world.database.cursors.get(reader, MemberCursor()).read < seq:
        await asyncio.sleep(0.005)


async def test_reading_is_told_to_the_sender_with_its_time(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    body = {"kind": "group", "name": "Friends", "members": [bob.id, carol.id]}
    group = (await world.post("/api/conversations", alice, body)).json()["id"]
    for text in ("one", "two"):
        await world.say(alice, group, text)
    assert (await world.get(f"/api/conversations/{group}", bob)).json()["unread"] == 2

    async with delivery_status(world):
        done = await read(world, bob, f"{group}.1")
        assert (done.status_code, done.content) == (204, b"")
        await until_read(world, group, bob, 1)

    first = await receipts(world, alice, f"{group}.1")
    assert first[carol.id] == {"status": "sent"}
    assert first[bob.id]["status"] == "read"
    assert first[bob.id]["delivered_at"] == first[bob.id]["read_at"]
    assert await receipts(world, alice, f"{group}.2") == {bob.id: {"status": "sent"}, carol.id: {"status": "sent"}}
    assert (await world.get(f"/api/conversations/{group}", bob)).json()["unread"] == 1
    summary = (await world.get(f"/api/conversations/{group}", alice)).json()
    assert summary["last_message_status"] == "sent"
    assert "last_message_status" not in (await world.get(f"/api/conversations/{group}", bob)).json()


async def test_private_receipts_are_shown_to_oneself_only(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    chat = await world.direct(alice, bob)
    await world.say(alice, chat, "hello")
    wanted = {"read_receipts": False}
    await world.client.put(f"/api/users/{bob.id}/preferences", json=wanted, headers=bob.headers)
    async with delivery_status(world):
        await read(world, bob, f"{chat}.1")
        await until_read(world, chat, bob, 1)
    assert await receipts(world, alice, f"{chat}.1") == {bob.id: {"status": "sent"}}
    assert (await receipts(world, bob, f"{chat}.1"))[bob.id]["status"] == "read"
    summary = (await world.get(f"/api/conversations/{chat}", alice)).json()
    assert {member["user"]: member["read"] for member in summary["members"]} == {alice.id: 0, bob.id: 0}


async def test_what_one_may_not_see_is_not_there(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    chat = await world.direct(alice, bob)
    await world.say(alice, chat, "hello")
    for message in (f"{chat}.1", f"{chat}.2", "c_x.1", "nonsense", f"{conversation_id(9)}.1"):
        assert_problem(await world.get(f"/api/messages/{message}/receipts", carol), 404, "not_found")
        assert_problem(await read(world, carol, message), 404, "not_found")
    for message in (f"{chat}.2", f"{chat}.0", f"{chat}.{2**60}"):
        assert_problem(await world.get(f"/api/messages/{message}/receipts", alice), 404, "not_found")
        assert_problem(await read(world, alice, message), 404, "not_found")
    assert world.database.cursors == {}


@pytest.mark.parametrize(
    ("error", "code"),
    [(Unavailable("on purpose"), ErrorCode.UNAVAILABLE), (UnknownOutcome("on purpose"), ErrorCode.UNKNOWN_OUTCOME)],
)
async def test_what_kafka_does_not_take_is_said(world: World, error: BusError, code: ErrorCode) -> None:
    async def broken(step: Step) -> None:
        await asyncio.sleep(0)
        if step.operation == "produce":
            raise error

    sender = ReceiptSender(MemoryBus(world.cluster, checkpoint=broken).producer())
    with pytest.raises(NotSubmitted) as failure:
        await sender.send(ReceiptRecord(conversation=conversation_id(1), user=ALICE, read=1))
    assert failure.value.code == code


async def test_kafka_is_not_waited_for_for_ever(world: World) -> None:
    async def silent(step: Step) -> None:
        await asyncio.get_running_loop().create_future()

    sender = ReceiptSender(MemoryBus(world.cluster, checkpoint=silent).producer(), wait_seconds=0.01)
    with pytest.raises(NotSubmitted) as failure:
        await sender.send(ReceiptRecord(conversation=conversation_id(1), user=ALICE, read=1))
    assert failure.value.code == ErrorCode.UNKNOWN_OUTCOME
