"""A lean WebSocket client: websockets' own protocol without a task or a queue for each socket."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

import orjson
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import WebSocketURI, parse_uri

from loadtests.clock import now
from loadtests.limits import HINT
from schemas.frames import MAX_SERVER_FRAME_BYTES, PROTOCOL

OPEN_SECONDS = 60.0

Receive = Callable[[dict[str, Any], float], None]


class Socket(asyncio.Protocol):
    """Calls `receive` with each frame and the time at which it came, and `lost` once, when the socket has ended."""

    def __init__(self, uri: WebSocketURI, receive: Receive, lost: Callable[["Socket"], None]) -> None:
        self._protocol = ClientProtocol(uri, max_size=MAX_SERVER_FRAME_BYTES)
        self._receive = receive
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self._loop.create_future()

    @property
    def close_code(self) -> int | None:
        return self._protocol.close_code

    def send(self, frame: bytes) -> None:
        """Send one JSON text. After the socket's end it goes nowhere."""
        if self._protocol.state is OPEN and self._transport is not None:
            self._protocol.send_text(frame)
            self._transport.writelines(self._protocol.data_to_send())

    def abort(self) -> None:
        """Cut the socket without a word."""
        if self._transport is not None:
            self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # which uvloop's is in all but name
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        at = now()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    self._receive(orjson.loads(event.data), at)
            elif not self.opened.done():
                self._answered()
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"no WebSocket: {exc}"))
        self._lost(self)

    def _answered(self) -> None:
        failure = self._protocol.handshake_exc
        if failure is None:
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(f"no WebSocket: {_reason(failure)}"))

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


def _reason(failure: Exception) -> str:
    limited = isinstance(failure, InvalidStatus) and failure.response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return f"{failure}. {HINT}" if limited else str(failure)


async def open_socket(url: str, receive: Receive, lost: Callable[[Socket], None]) -> Socket:
    """An open WebSocket. Raises OSError (ConnectionError, TimeoutError) when there is none to be had."""
    uri = parse_uri(url)
    async with asyncio.timeout(OPEN_SECONDS):
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: Socket(uri, receive, lost), uri.host, uri.port)
        await socket.opened
    return socket


def connect_frame(token: str, device: str, cursors: Mapping[str, Mapping[str, Any]]) -> bytes:
    frame = {"type": "connect", "protocol": PROTOCOL, "token": token, "device": device, "cursors": cursors}
    return orjson.dumps(frame)
