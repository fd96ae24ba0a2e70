"""The end of an ephemeral chat while everything around it dies: one outcome, both told, nothing left.

Router, writer and session expiry live through rough weather and are killed around the end; whatever the seed, the chat
has to end once, as the one order has it, and go.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast

import pytest

from bus.memory import MemoryBus
from consumers.router.router import Router, RouterConfig
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from domain.ephemeral import EphemeralChat, Seat, Timer
from domain.sealing import WrappedKey
from loadtests.checker import check
from loadtests.entries import of_frame, of_message
from loadtests.history import Device, History, Sent, StoredConversation
from producer_gateway.api.starting_chats import timer
from producer_gateway.chat_view import ChatView
from schemas.messages import ConversationKind, Message
from schemas.times import to_millis
from store.memory import MemoryStore
from tests.edge.test_chats import ANN, BEN, CHAT, seat_pass, sit
from tests.edge.world import Client, EdgeWorld, a_world
from tests.making import create
from tests.simulation.clock import run_virtually
from tests.simulation.faults import Weather
from tests.simulation.planting import assert_caught
from tests.simulation.processes import Process, Work
from tests.virtually import eventually

SEEDS = (*range(20), 49, 63)
"""The last two found that what was said in the batch of the end was lost with its writer."""
PLANTED = sorted((Path(__file__).parent / "planted_chats").glob("*.patch"))
SAYINGS = {f"m{number}": f"text {number}" for number in range(12)}
LATE = {"late": "one word more"}
PATIENCE = timedelta(minutes=2)
ROUGH = Weather(mean_delay=0.01, long_delay=1.0, long_delay_chance=0.02, failure_chance=0.01)


def _consumers(world: EdgeWorld, random: Random) -> list[Process]:
    async def router(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        await Router(bus, store, random, RouterConfig()).run()

    async def writer(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        await Writer(bus, store, random, lambda: to_millis(world.now()), WriterConfig()).run()

    async def expiry(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        await SessionExpiry(bus, store, random, lambda: to_millis(world.now()), ExpiryConfig()).run()

    works: dict[str, Work] = {"router": router, "writer": writer, "session-expiry": expiry}
    return [
        Process(name, work, world.cluster, world.database, Random(random.random()), ROUGH)
        for name, work in works.items()
    ]


async def _begin(world: EdgeWorld, random: Random, inactivity: timedelta) -> list[Process]:
    seats = [Seat(user, name, user, WrappedKey(b"", b"", b""), world.now()) for user, name in NAMES.items()]
    chat = EphemeralChat(CHAT, (seats[0], seats[1]), world.now(), world.now() + timedelta(hours=10), inactivity)
    await world.store.chats.create(chat)
    await world.store.deadlines.set([timer(CHAT, Timer.SILENCE, world.now() + inactivity / 2)])
    processes = _consumers(world, random)
    for process in processes:
        world.run(process.supervise())
    await world.command(create("begin", ANN, (ANN, BEN), ConversationKind.EPHEMERAL, 7))
    await eventually(lambda: CHAT in world.database.conversations, 120)
    return processes


NAMES = {ANN: "Ann", BEN: "Ben"}


async def _talk(clients: list[Client], random: Random) -> None:
    for command, text in SAYINGS.items():
        await asyncio.sleep(random.uniform(0, 0.5))
        await random.choice(clients).say(command, text, 7)


async def _kill(processes: list[Process], random: Random) -> None:
    for _ in range(8):
        await asyncio.sleep(random.uniform(0, 1.5))
        random.choice(processes).kill()


def _judge(world: EdgeWorld, clients: list[Client], by: set[str]) -> None:
    state = world.database.conversations[CHAT]
    assert CHAT not in world.database.chats, "the keys went with the end"
    ended_by = NAMES.get(state.ended_by or "", state.ended_by)
    assert ended_by in by
    verdict = check(_history(world, clients, ended_by))
    assert verdict.ok, [str(finding) for finding in verdict.findings]
    for client in clients:
        assert client.close_code == 4401
        kinds = [frame["type"] for frame in client.frames]
        assert set(kinds[kinds.index("ended") + 1 :]) <= {"accepted", "stored", "rejected"}, "after the end, outcomes"
        answered = {frame["id"] for frame in client.frames if frame["type"] in ("stored", "rejected")}
        assert {frame["id"] for frame in client.of_type("accepted")} <= answered, "what was accepted has an outcome"


async def _decided(world: EdgeWorld, clients: list[Client]) -> None:
    """What was accepted when the chat ended is refused, if it came too late; that is known until all is destroyed."""

    def outcomes() -> set[tuple[str, str]]:
        made = {(message.sender, message.client_id) for message in world.database.messages.get(CHAT, {}).values()}
        decided = {(each.sender, each.client_id) for each in world.database.outcomes.values()}
        return made | decided

    accepted = {(client.user, frame["id"]) for client in clients for frame in client.of_type("accepted")}
    await eventually(lambda: accepted <= outcomes(), 100)


def _history(world: EdgeWorld, clients: list[Client], ended_by: str | None) -> History:
    """The chat as the checker of all histories judges it, its texts opened as one of the two opens them."""
    database, state = world.database, world.database.conversations[CHAT]
    outcomes = [each for each in database.outcomes.values() if each.conversation == CHAT]
    refused = {(each.sender, each.client_id): each.error.value for each in outcomes if each.error is not None}
    stored = StoredConversation(
        id=CHAT,
        epoch=state.epoch,
        seq=state.seq,
        rev=state.rev,
        members=frozenset(NAMES),
        messages=[of_message(one) for one in _opened(world, database.messages.get(CHAT, {}).values())],
        refused={command: code for command, code in refused.items() if not command[1].startswith("end")},
        ended=ended_by,
    )
    return History(
        [one for client in clients for one in _sent(client)], [_device(client) for client in clients], [stored]
    )


def _opened(world: EdgeWorld, messages: Iterable[Message]) -> tuple[Message, ...]:
    return ChatView(seat_pass(world, ANN)).messages(messages)


def _sent(client: Client) -> Iterator[Sent]:
    """What it said, as far as it was answered: what was never answered may have become anything."""
    answers = [frame for frame in client.frames if frame["type"] in ("accepted", "stored", "rejected")]
    texts = {**SAYINGS, **LATE}
    for command in dict.fromkeys(frame["id"] for frame in answers if frame["id"] in texts):
        mine = [frame for frame in answers if frame["id"] == command]
        yield Sent(
            CHAT,
            client.user,
            command,
            texts[command],
            accepted=any(frame["type"] == "accepted" for frame in mine),
            stored={(frame["seq"], frame["rev"]) for frame in mine if frame["type"] == "stored"},
            rejected={frame["error"]["code"] for frame in mine if frame["type"] == "rejected"},
        )


def _device(client: Client) -> Device:
    """What comes twice is dropped by whoever follows the protocol."""
    pushed = [of_frame(frame) for frame in client.of_type("message")]
    seen = list({entry.rev: entry for entry in reversed(pushed)}.values())[::-1]
    ends = [(frame["conversation"], frame["by"]) for frame in client.of_type("ended")]
    return Device(client.user, client.device, seen, duplicates=len(pushed) - len(seen), ends=ends)


async def _nothing_is_left(world: EdgeWorld) -> None:
    database = world.database
    await eventually(lambda: CHAT in database.destroyed, 400)
    left = repr(replace(database, conversations={}, destroyed=set()))
    for one in (CHAT, ANN, BEN):
        assert one not in left, left[left.index(one) - 200 : left.index(one) + 100]
    assert not [topic for topic in world.cluster.topics() if ANN in topic or BEN in topic]


def lived(tell: Callable[[EdgeWorld, Random], Awaitable[None]], seed: int) -> None:
    async def life() -> None:
        async with a_world() as world:
            await tell(world, Random(seed))

    run_virtually(life())


async def _somebody_ends_it(world: EdgeWorld, random: Random) -> None:
    processes = await _begin(world, random, timedelta(hours=1))
    clients = [await sit(world, await world.edge(f"edge-{NAMES[user]}"), user) for user in NAMES]
    for client in clients:
        await client.until("connected")
    enders = random.choice((clients[:1], clients[1:], clients))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_talk(clients, random))
        tasks.create_task(_kill(processes, random))
        await asyncio.sleep(random.uniform(0, 5))
        for client in enders:
            await client.send(type="end", id=f"end-{client.user}", conversation=CHAT)
    for process in processes:
        process.calm()
    for client in clients:
        await client.until_closed(300)
    await _decided(world, clients)
    _judge(world, clients, {NAMES[client.user] for client in enders})
    await _nothing_is_left(world)


async def _silence_ends_it(world: EdgeWorld, random: Random) -> None:
    processes = await _begin(world, random, PATIENCE)
    clients = [await sit(world, await world.edge(f"edge-{NAMES[user]}"), user) for user in NAMES]
    for client in clients:
        await client.until("connected")
    await _talk(clients, random)
    await asyncio.sleep(114)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_kill(processes, random))
        if random.random() < 0.8:
            await asyncio.sleep(random.uniform(5, 8))
            await clients[0].say("late", LATE["late"], 7)
    for process in processes:
        process.calm()
    for client in clients:
        await client.until_closed(600)
    await _decided(world, clients)
    _judge(world, clients, {"inactivity"})
    for client in clients:
        assert [frame for frame in client.of_type("notice") if frame["code"] == "inactivity_soon"], "it was warned"
        last = max(datetime.fromisoformat(frame["sent_at"]) for frame in client.of_type("message"))
        assert cast("datetime", world.database.conversations[CHAT].ended_at) - last >= PATIENCE, "it was not silent"
    await _nothing_is_left(world)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_ends_once_whoever_ends_it_and_whatever_dies(seed: int) -> None:
    lived(_somebody_ends_it, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_silence_ends_it_whatever_dies(seed: int) -> None:
    lived(_silence_ends_it, seed)


@pytest.mark.simulated
@pytest.mark.parametrize("patch", PLANTED, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_caught(patch: Path, tmp_path: Path) -> None:
    assert_caught(patch, tmp_path, "tests/simulation/test_chats.py")
