"""A platform in memory that has worked for a while, and the command line that looks into it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from bus.memory import MemoryBus
from bus.ports import Bus, Partition
from consumers.router.router import Router, RouterConfig
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from parley.inspect import app
from parley.inspect.environment import Environment
from schemas.commands import Command
from schemas.headers import REPLY_TO, SCHEMA, TRACEPARENT
from schemas.times import to_millis
from schemas.topics import edge_topic, edge_topic_spec
from store.memory import MemoryStore
from store.ports import Session, Store
from tests.consumers.world import World, running
from tests.making import ALICE, BOB, NOW
from tests.simulation.clock import run_virtually

EDGE = edge_topic("edge-1", "abc")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SESSIONS = {ALICE: "s_00000000000000000000000001", BOB: "s_00000000000000000000000002"}

Scenario = Callable[[World], Awaitable[None]]


def played(*scenes: Scenario) -> World:
    """A world in which this has happened, one scene after the other."""

    async def play() -> World:
        world = World()
        world.cluster.create([edge_topic_spec(EDGE)])
        for user, session in SESSIONS.items():
            await world.user(user)
            await world.store.sessions.register([Session(session, user, "phone", "login", EDGE, "abc", NOW)])
        for scene in scenes:
            await scene(world)
        return world

    return run_virtually(play())


def submitting(*commands: Command) -> Scenario:
    """Their senders' sockets submit these, through the edge."""

    async def scene(world: World) -> None:
        for command in commands:
            session = SESSIONS.get(command.sender, "s_00000000000000000000000009")
            reply_to = f"{EDGE}/{session}".encode()
            headers = ((SCHEMA, b"command/1"), (TRACEPARENT, TRACE.encode()), (REPLY_TO, reply_to))
            await world.submit(command, headers)
            await asyncio.sleep(0.01)

    return scene


async def handling(world: World) -> None:
    """Router and writer work off what there is."""
    writer = Writer(world.bus, world.store, Random(4), lambda: to_millis(world.database.now()), WriterConfig())
    async with running(Router(world.bus, world.store, Random(3), RouterConfig()).run()), running(writer.run()):
        await asyncio.sleep(20)


def waiting(seconds: float) -> Scenario:
    async def scene(_: World) -> None:
        await asyncio.sleep(seconds)

    return scene


def losing(topic: str, before: int, partition: int = 0) -> Scenario:
    """Retention takes the records below an offset."""

    async def scene(world: World) -> None:
        world.cluster.truncate(Partition(topic, partition), before)

    return scene


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.objects
        return only


class Terminal:
    """`parley inspect`, typed by an operator."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.audit_log = directory / "log" / "audit.log"

    def __call__(self, *arguments: str) -> Answer:
        result = CliRunner().invoke(app, arguments, obj=self._environment())
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def audited(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.audit_log.read_text().splitlines()]

    def _environment(self) -> Environment:
        @asynccontextmanager
        async def bus() -> AsyncIterator[Bus]:
            opened = MemoryBus(self.world.cluster)
            yield opened
            await opened.close()

        @asynccontextmanager
        async def store() -> AsyncIterator[Store]:
            yield MemoryStore(self.world.database)

        return Environment(bus, store, self.world.database.now, "an-operator", self.audit_log)


Look = Callable[[World], Terminal]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return lambda world: Terminal(world, tmp_path)
