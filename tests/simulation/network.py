"""Sockets between devices and edges, without sockets: frames take their time, and a cut loses those under way."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Protocol

import orjson

from producer_gateway.api.waiting import Answer
from producer_gateway.edge.node import EdgeNode
from schemas.commands import Command
from schemas.errors import CloseCode
from store.memory import MemoryStore

Frame = dict[str, Any]


class Desk(Protocol):
    """The api, while its process lives."""

    async def ask(self, command: Command) -> Answer | None:
        """Says what became of a command, None when that takes too long. Raises NotSubmitted."""

    async def do(self, work: Callable[[MemoryStore], Awaitable[None]]) -> None:
        """Does something with the api's store. Raises StoreError."""


_APART_SECONDS = 1e-6
"""What a loop is to do at the very same time it does in any order."""


class Refused(Exception):
    """No edge answers there."""


class Cut(Exception):
    """The connection is over, with the close code if there was time for one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Wire:
    """One connection: the edge's `Connection`, and the device's end of it."""

    def __init__(self, random: Random, mean_delay: float) -> None:
        self._random = random
        self._mean_delay = mean_delay
        self._up: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._down: asyncio.Queue[bytes | int | None] = asyncio.Queue()
        self._arrives_at = 0.0
        self._heard_at = 0.0
        self.over = asyncio.Event()

    # The edge's end.

    def send(self, frame: bytes) -> None:
        if not self.over.is_set():
            self._put_down(frame)

    async def room(self) -> None:
        await asyncio.sleep(0)

    def close(self, code: int, reason: str) -> None:
        self._put_down(code)

    def _put_down(self, item: bytes | int) -> None:
        """In order: none overtakes the one before."""
        loop = asyncio.get_running_loop()
        delay = self._random.expovariate(1 / self._mean_delay)
        self._arrives_at = max(self._arrives_at + _APART_SECONDS, loop.time() + delay)
        loop.call_at(self._arrives_at, self._down.put_nowait, item)

    async def drive(self, node: EdgeNode) -> None:
        """The edge's transport: take frames in order until the connection is over."""
        handle = node.open(self)
        try:
            while (frame := await self._up.get()) is not None:
                await handle.receive(frame.decode())
        finally:
            handle.closed()

    # The device's end.

    def say(self, frame: Frame) -> None:
        loop = asyncio.get_running_loop()
        if not self.over.is_set():
            self._heard_at = max(self._heard_at + _APART_SECONDS, loop.time() + self._mean_delay)
            loop.call_at(self._heard_at, self._up.put_nowait, orjson.dumps(frame))

    async def hear(self) -> Frame:
        """The next frame. Raises Cut."""
        item = await self._down.get()
        if isinstance(item, bytes):
            parsed: Frame = orjson.loads(item)
            return parsed
        self.cut()
        raise Cut(item)

    def cut(self) -> None:
        """Lose the connection: both ends learn of it, what is under way is lost."""
        if not self.over.is_set():
            self.over.set()
            self._up.put_nowait(None)
            self._down.put_nowait(None)


class Network:
    """Which edges answer now, and every connection to them."""

    def __init__(self, random: Random, mean_delay: float = 0.001) -> None:
        self._random = random
        self._mean_delay = mean_delay
        self._edges: dict[str, tuple[EdgeNode, asyncio.TaskGroup]] = {}
        self._wires: dict[str, list[Wire]] = {}
        self._desk: Desk | None = None

    def listen(self, name: str, node: EdgeNode, tasks: asyncio.TaskGroup) -> None:
        self._edges[name] = (node, tasks)

    def vanish(self, name: str) -> None:
        """The edge's process is gone, and its connections with it."""
        self._edges.pop(name, None)
        for wire in self._wires.pop(name, []):
            wire.cut()

    def open_desk(self, desk: Desk | None) -> None:
        """The api is there, or (None) is not any more."""
        self._desk = desk

    @property
    def desk(self) -> Desk:
        """The api. Raises Refused when it is not there."""
        if self._desk is None:
            raise Refused
        return self._desk

    def connect(self) -> Wire:
        """A connection to any edge. Raises Refused when none answers."""
        if not self._edges:
            raise Refused
        name = self._random.choice(sorted(self._edges))
        node, tasks = self._edges[name]
        wire = Wire(self._random, self._mean_delay)
        self._wires.setdefault(name, []).append(wire)
        tasks.create_task(wire.drive(node), name=f"{name}-socket")
        return wire

    def cut_one(self) -> None:
        if wires := self._live():
            self._random.choice(wires).cut()

    def cut_all(self) -> None:
        for wire in self._live():
            wire.cut()

    def _live(self) -> list[Wire]:
        return [wire for name in sorted(self._wires) for wire in self._wires[name] if not wire.over.is_set()]


TERMINAL = frozenset({CloseCode.BAD_FRAME, CloseCode.TOO_LARGE, CloseCode.AUTHENTICATE})
"""Close codes that no device here should ever be given."""
