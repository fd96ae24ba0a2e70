"""No message falls between a client's snapshot and its live deliveries, in whatever order the steps of both sides
come: the edge registers, reads the snapshot, answers the cursors; the writer commits, then looks up the sessions.

There is one message only, so that nothing after it could show that it is missing.
"""

import asyncio
from itertools import combinations
from random import Random

import pytest

from bus.memory import MemoryBus
from bus.memory.checkpoint import Step as BusStep
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from schemas.times import to_millis
from store.memory import MemoryStore, Step
from tests.edge.world import Client, EdgeWorld, a_world
from tests.making import BOB, EPOCH, conversation_id, send
from tests.simulation.clock import run_virtually
from tests.virtually import eventually

EDGE = ("sessions.register", "conversations.summaries", "conversations.resume")
WRITER = ("decisions.apply", "sessions.of")


def interleavings() -> list[tuple[str, ...]]:
    """All ways of merging the two sequences."""
    length = len(EDGE) + len(WRITER)
    merged = []
    for places in combinations(range(length), len(WRITER)):
        edge, writer = iter(EDGE), iter(WRITER)
        merged.append(tuple(next(writer) if place in places else next(edge) for place in range(length)))
    return merged


class Script:
    """Lets the operations it names happen in its order only, each with time for its consequences."""

    def __init__(self, order: tuple[str, ...] = ()) -> None:
        self.remaining = list(order)
        self._turn = asyncio.Condition()

    async def step(self, step: Step) -> None:
        if step.operation not in self.remaining:
            return
        if step.moment == "before":
            async with self._turn:
                await self._turn.wait_for(lambda: self.remaining[0] == step.operation)
            return
        await asyncio.sleep(1.0)
        self.remaining.remove(step.operation)
        async with self._turn:
            self._turn.notify_all()


class Fetching:
    """Holds the edge's reading of its topic back until it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def step(self, step: BusStep) -> None:
        if step.operation == "fetch":
            await self.free.wait()


async def scripted_writer(world: EdgeWorld, script: Script) -> None:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database, script.step)
    world.run(Writer(bus, store, Random(4), lambda: to_millis(world.now()), WriterConfig()).run())
    await world.conversation()
    await eventually(lambda: conversation_id() in world.database.conversations)
    await asyncio.sleep(2.0)


async def connect_while_storing(order: tuple[str, ...], *, cursor: bool, late: bool) -> None:
    async with a_world() as world:
        script, fetching = Script(), Fetching()
        if not late:
            fetching.free.set()
        edge = await world.edge(store_step=script.step, bus_step=fetching.step)
        await scripted_writer(world, script)
        script.remaining = [one for one in order if cursor or one != "conversations.resume"]
        await world.command(send("the-last", text="the last"))
        bob = Client(edge, BOB)
        await bob.connect({conversation_id(): {"epoch": EPOCH, "rev": 0}} if cursor else None)
        await eventually(lambda: not script.remaining)
        fetching.free.set()
        await asyncio.sleep(5.0)
        shown = [one["last_message"] for one in bob.frames[0]["conversations"] if one["last_message"]]
        if cursor:
            assert bob.texts() == ["the last"]
        else:
            assert [one["text"] for one in shown] + bob.texts() == ["the last"]


@pytest.mark.parametrize("late", [False, True], ids=["delivered-at-once", "delivered-late"])
@pytest.mark.parametrize("cursor", [False, True], ids=["fresh", "with-cursor"])
@pytest.mark.parametrize("order", interleavings(), ids=lambda order: "-".join(one.split(".")[1] for one in order))
def test_connecting(order: tuple[str, ...], *, cursor: bool, late: bool) -> None:
    run_virtually(connect_while_storing(order, cursor=cursor, late=late))


async def compare_while_storing(order: tuple[str, ...]) -> None:
    """The same when an edge whose lease had lapsed registers its live sessions anew."""
    async with a_world() as world:
        script = Script()
        edge = await world.edge(store_step=script.step)
        await scripted_writer(world, script)
        bob = await Client(edge, BOB).connect()
        former = edge.life.incarnation
        script.remaining = list(order)
        await world.store.edges.end([former])
        await world.store.sessions.remove_incarnations([former])
        await world.command(send("the-last", text="the last"))
        await eventually(lambda: not script.remaining)
        await asyncio.sleep(5.0)
        assert edge.life.incarnation != former
        assert bob.texts() == ["the last"]


@pytest.mark.parametrize("order", interleavings(), ids=lambda order: "-".join(one.split(".")[1] for one in order))
def test_comparing_after_the_lease_lapsed(order: tuple[str, ...]) -> None:
    run_virtually(compare_while_storing(order))
