"""One socket: frames out in order, frames in one by one, and why it ended."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from parley_client.errors import BadFrame, ParleyError
from schemas.frames import MAX_SERVER_FRAME_BYTES

OPEN_SECONDS = 10.0
SEND_SECONDS = 20.0
PING_SECONDS = 20.0
"""The client pings too: a server that vanished without a word is noticed within twice that."""
MAX_QUEUED = 10_000
"""Frames that wait for a socket that takes none: it is given up then."""


class Disconnection(ParleyError):
    """The socket ended. `code` is its close code, None when it broke."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Connection:
    """An open socket. Whatever ends it is raised as Disconnection, by whichever method meets it first."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._queued: deque[Mapping[str, Any]] = deque()
        self._more = asyncio.Event()

    def send(self, frames: Iterable[Mapping[str, Any]]) -> None:
        """Queue frames; `run` sends them in order."""
        self._queued.extend(frames)
        self._more.set()

    async def run(self) -> None:
        """Send what is queued until the socket ends."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._queued:
                if len(self._queued) > MAX_QUEUED:
                    raise Disconnection("the server takes no frames")
                await self._send(self._queued.popleft())

    async def _send(self, frame: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send(orjson.dumps(frame).decode())
        except TimeoutError:
            raise Disconnection("the server takes no frames") from None
        except ConnectionClosed as closed:
            raise _disconnection(closed) from None

    async def receive(self) -> Mapping[str, Any]:
        """The next frame. Raises Disconnection, and BadFrame when it is no JSON object."""
        try:
            data = await self._socket.recv()
        except ConnectionClosed as closed:
            raise _disconnection(closed) from None
        try:
            frame = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise BadFrame("a frame that is not JSON") from None
        if not isinstance(frame, dict):
            raise BadFrame("a frame that is not a JSON object")
        return frame


@asynccontextmanager
async def open_connection(url: str) -> AsyncIterator[Connection]:
    """A socket to an edge, closed at the end. Raises Disconnection when there is none to be had."""
    try:
        socket = await connect(
            url,
            compression=None,
            max_size=MAX_SERVER_FRAME_BYTES,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            proxy=None,
        )
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise Disconnection(f"{type(error).__name__}: {error}") from None
    try:
        yield Connection(socket)
    finally:
        await socket.close()


def _disconnection(closed: ConnectionClosed) -> Disconnection:
    if closed.rcvd is None:
        return Disconnection("the socket broke")
    return Disconnection(closed.rcvd.reason or f"closed with {closed.rcvd.code}", closed.rcvd.code)
