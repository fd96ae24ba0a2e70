"""Edges over a cluster and a database in memory, with clients on fake connections, under a virtual clock."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import orjson

from bus.memory import MemoryBus, MemoryCluster
from bus.memory.checkpoint import Checkpoint as BusCheckpoint
from bus.memory.checkpoint import pass_through as untroubled_bus
from bus.ports import Outgoing
from consumers.router.router import Router, RouterConfig
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from domain.identity import User
from parley.edge import Edge, compose
from producer_gateway.edge.node import EdgeConfig, OpenSocket
from producer_gateway.tokens import AccessTokens
from schemas.commands import Command
from schemas.times import to_millis
from schemas.topics import CONVERSATIONS, fixed_topics
from store.memory import Checkpoint as StoreCheckpoint
from store.memory import MemoryDatabase, MemoryStore
from store.memory.checkpoint import pass_through as untroubled_store
from tests.making import ALICE, BOB, CAROL, conversation_id, create, narrow
from tests.simulation.clock import BEGINNING, VirtualLoop
from tests.virtually import told_in

TOKEN_SECONDS = 900
TOKENS = AccessTokens("a secret of at least thirty-two bytes", TOKEN_SECONDS)


class FakeConnection:
    """Remembers what the edge did to it. While `stalled`, it takes no large answers."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.stalled = asyncio.Event()
        self.stalled.set()
        self.news = asyncio.Event()

    def send(self, frame: bytes) -> None:
        assert self.closed is None, "a frame after the end"
        self.frames.append(orjson.loads(frame))
        self.news.set()

    async def room(self) -> None:
        await self.stalled.wait()

    def close(self, code: int, reason: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (code, reason)
        self.news.set()


class Client:
    """A program that knows the protocol's page and nothing else."""

    def __init__(self, edge: Edge, user: str = ALICE, device: str = "phone") -> None:
        self.user = user
        self.device = device
        self.connection = FakeConnection()
        self.socket: OpenSocket = edge.node.open(self.connection)

    @property
    def frames(self) -> list[dict[str, Any]]:
        return self.connection.frames

    @property
    def close_code(self) -> int | None:
        return None if self.connection.closed is None else self.connection.closed[0]

    async def send(self, **frame: Any) -> None:
        await self.socket.receive(orjson.dumps(frame).decode())

    async def connect(self, cursors: dict[str, Any] | None = None, token: str | None = None) -> "Client":
        named = {} if cursors is None else {"cursors": cursors}
        token = token or token_of(self.user)
        await self.send(type="connect", protocol=1, token=token, device=self.device, **named)
        return self

    async def say(self, client_id: str, text: str = "hello", conversation: int = 1) -> None:
        await self.send(type="message", id=client_id, conversation=conversation_id(conversation), text=text)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def texts(self) -> list[str]:
        """What it was told in conversations, whichever way, in that order."""
        texts = []
        for frame in self.frames:
            messages = [frame] if frame["type"] == "message" else frame.get("messages", ())
            texts += [message["text"] for message in messages]
        return texts

    async def until(self, kind: str, count: int = 1, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Wait until so many frames of a kind have come."""
        async with asyncio.timeout(seconds):
            while len(found := self.of_type(kind)) < count:
                self.connection.news.clear()
                await self.connection.news.wait()
        return found

    async def until_closed(self, seconds: float = 60.0) -> int:
        async with asyncio.timeout(seconds):
            while self.connection.closed is None:
                self.connection.news.clear()
                await self.connection.news.wait()
        return self.connection.closed[0]


def token_of(user: str, login: str = "a-login") -> str:
    loop = asyncio.get_running_loop()
    now = loop.now() if isinstance(loop, VirtualLoop) else BEGINNING
    return TOKENS.issue(user, login, now)


class EdgeWorld:
    """Alice, Bob and Carol; Alice and Bob have a conversation once `conversation` was called."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.now = loop.now
        self.tasks = tasks
        self.cluster = MemoryCluster(lambda: to_millis(loop.now()))
        self.cluster.create(narrow(fixed_topics()))
        self.database = MemoryDatabase(loop.now)
        self._producer = MemoryBus(self.cluster).producer()
        self.store = MemoryStore(self.database)
        self._running: list[asyncio.Task[Any]] = []

    async def users(self, users: Iterable[str] = (ALICE, BOB, CAROL)) -> None:
        for user in users:
            await self.store.users.create(User(user, f"name-{user}", self.now()), "a-hash")

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self._running.append(self.tasks.create_task(work))

    async def edge(
        self,
        name: str = "edge-1",
        *,
        bus_step: BusCheckpoint = untroubled_bus,
        store_step: StoreCheckpoint = untroubled_store,
        config: EdgeConfig | None = None,
    ) -> Edge:
        """A running edge."""
        bus = MemoryBus(self.cluster, checkpoint=bus_step)
        store = MemoryStore(self.database, store_step)
        edge = compose(
            bus,
            store,
            TOKENS,
            self.tasks,
            random=Random(name),
            now=self.now,
            url=f"ws://{name}/ws",
            config=config or EdgeConfig(node=name),
        )
        await edge.life.begin()
        self.run(edge.run())
        return edge

    def pipeline(self) -> None:
        """A router and a writer, as they are."""
        self.run(Router(MemoryBus(self.cluster), MemoryStore(self.database), Random(3), RouterConfig()).run())
        bus, store = MemoryBus(self.cluster), MemoryStore(self.database)
        self.run(Writer(bus, store, Random(4), lambda: to_millis(self.now()), WriterConfig()).run())

    async def conversation(self, number: int = 1, members: tuple[str, ...] = (ALICE, BOB)) -> None:
        await self.command(create(f"create-{number}", members[0], members, conversation=number))

    async def command(self, command: Command) -> None:
        """Put a command into `conversations`, past edge and router."""
        value, key = command.model_dump_json().encode(), command.conversation.encode()
        await self._producer.send(Outgoing(CONVERSATIONS, value, key))

    async def pass_time(self, seconds: float) -> None:
        """Of its own."""
        await asyncio.sleep(seconds)

    def stop(self) -> None:
        for task in self._running:
            task.cancel()


@asynccontextmanager
async def a_world() -> AsyncIterator[EdgeWorld]:
    """For an hour of its own time, in which anything that a test waits for has happened or never will."""
    async with asyncio.timeout(3600), asyncio.TaskGroup() as tasks:
        world = EdgeWorld(tasks)
        await world.users()
        try:
            yield world
        finally:
            world.stop()


in_world = told_in(a_world)
