"""The edge on the network: WebSocket (RFC 6455) for clients, and the pages that say how the process is doing."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode as ProtocolCloseCode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from domain.limits import CONNECTIONS, Rate, whole_seconds
from producer_gateway.addresses import Addresses, AddressLimiter, Network
from producer_gateway.edge.mishaps import note_mishap
from producer_gateway.edge.node import EdgeNode, OpenSocket
from schemas import metrics
from schemas.errors import CloseCode
from schemas.frames import HEARTBEAT_SECONDS, MAX_CLIENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class ServerConfig:
    host: str = "127.0.0.1"
    port: int = 8081
    """0 takes a free one."""
    origins: frozenset[str] = frozenset()
    """Whose pages may connect, besides those of this host. Programs, which send no Origin, always may."""
    max_sockets: int = 20_000
    max_unconnected: int = 5_000
    """Sockets that have not said `connect` yet."""
    connections: Rate | None = CONNECTIONS
    """Sockets that one address may open."""
    proxies: tuple[Network, ...] = ()
    exempt: tuple[Network, ...] = ()
    """Whose `X-Forwarded-For` is believed."""
    outbox_bytes: int = MAX_SERVER_FRAME_BYTES + 512 * 1024
    """What may wait for one client; beyond it the client is too slow."""
    room_bytes: int = 256 * 1024
    """Above this, large answers wait for the client to take what was sent."""
    room_seconds: float = 30.0
    send_buffer_bytes: int = 128 * 1024
    """The kernel's share of an outbox: left to itself it grows by megabytes, and hides that a client stalls."""
    ping_seconds: float = HEARTBEAT_SECONDS
    pong_seconds: float = 20.0
    close_seconds: float = 5.0
    """How long a client may take for its part of closing."""
    frames_ahead: int = 8
    """Read from a socket before it is read no further."""


class _Protocol(ServerProtocol):
    """Says of too large a frame what Parley's clients know it by."""

    def fail(self, code: ProtocolCloseCode | int, reason: str = "") -> None:
        if code == ProtocolCloseCode.MESSAGE_TOO_BIG:
            metrics.EDGE_CLOSED.labels(CloseCode.TOO_LARGE).inc()
            code, reason = CloseCode.TOO_LARGE, f"a frame has at most {MAX_CLIENT_FRAME_BYTES} bytes"
        super().fail(code, reason)


class _Connection(ServerConnection):
    def __init__(self, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        limited = _Protocol(max_size=MAX_CLIENT_FRAME_BYTES, logger=protocol.logger)
        super().__init__(limited, server, **options)


class _Outbox:
    """Obeys `edge.connection.Connection`. The transport's own write buffer is the outbox, so that an idle socket costs
    no queue and no task, and a slow one is noticed by the bytes that wait for it."""

    __slots__ = ("_closing", "_config", "_tasks", "_websocket", "socket")

    def __init__(self, websocket: ServerConnection, tasks: asyncio.TaskGroup, config: ServerConfig) -> None:
        self._websocket = websocket
        self._tasks = tasks
        self._config = config
        self._closing = False
        self.socket: OpenSocket | None = None

    def send(self, frame: bytes) -> None:
        if self._closing:
            return
        broadcast((self._websocket,), frame, text=True)
        if self._websocket.transport.get_write_buffer_size() > self._config.outbox_bytes:
            self._give_up()

    async def room(self) -> None:
        if not self._websocket.paused or self._closing:
            return
        try:
            async with asyncio.timeout(self._config.room_seconds):
                await self._websocket.drain()
        except TimeoutError:
            self._give_up()
        except OSError:
            return  # the connection broke: whoever reads it learns of it

    def _give_up(self) -> None:
        if self.socket is not None:
            self.socket.close(CloseCode.TOO_SLOW, "frames are not taken fast enough")

    def close(self, code: int, reason: str) -> None:
        self._closing = True
        self._tasks.create_task(self._close(code, reason), name="closing")

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._config.close_seconds):
                await self._websocket.close(code, reason)
        self._websocket.transport.abort()


class EdgeServer:
    """Answers from `start` on; takes sockets from `open` to `stop`. Closing handshakes run in `tasks`."""

    def __init__(self, tasks: asyncio.TaskGroup, config: ServerConfig) -> None:
        self._tasks = tasks
        self._config = config
        self._connections = AddressLimiter(config.connections)
        self._addresses = Addresses(config.proxies, config.exempt)
        self._node: EdgeNode | None = None
        self._server: Server | None = None
        self.port = config.port

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        config = self._config
        listener = _listener(config)
        self.port = listener.getsockname()[1]
        self._server = await serve(
            self._serve,
            sock=listener,
            backlog=2048,
            compression=None,
            server_header=None,
            process_request=self._process_request,
            create_connection=_Connection,
            open_timeout=10,
            ping_interval=config.ping_seconds,
            ping_timeout=config.pong_seconds,
            close_timeout=config.close_seconds,
            max_queue=config.frames_ahead,
            write_limit=config.room_bytes,
        )

    def open(self, node: EdgeNode) -> None:
        """Take sockets for this node; the process is ready."""
        self._node = node

    async def stop(self, seconds: float) -> None:
        """Take no more sockets, and end those that are open, spread over so many seconds. Raises StoreUnavailable when
        the store could not be told; the sockets are closed all the same."""
        node, self._node = self._node, None
        if self._server is None:
            return
        self._server.close(close_connections=False)
        try:
            if node is not None:
                await node.drain(seconds)
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._config.close_seconds + 1):
                    await self._server.wait_closed()

    async def _serve(self, websocket: ServerConnection) -> None:
        if self._node is None:  # it went away during the handshake
            return await websocket.close(CloseCode.GOING_AWAY)
        outbox = _Outbox(websocket, self._tasks, self._config)
        socket = outbox.socket = self._node.open(outbox)
        try:
            while True:
                await socket.receive(await websocket.recv())
        except ConnectionClosed:
            return None
        except Exception as error:  # noqa: BLE001 - one socket's trouble must not end the others'
            note_mishap("socket_failed", error)
            socket.close(CloseCode.GOING_AWAY, "something went wrong here")
        finally:
            socket.closed()

    # HTTP.

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        match request.path.partition("?")[0]:
            case "/ws":
                return self._refusal(connection, request)
            case "/healthz":
                return connection.respond(HTTPStatus.OK, "alive\n")
            case "/readyz" if self._node is not None:
                return connection.respond(HTTPStatus.OK, "ready\n")
            case "/readyz":
                return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not ready\n")
            case "/metrics":
                return _metrics(connection)
        return connection.respond(HTTPStatus.NOT_FOUND, "there is nothing here\n")

    def _refusal(self, connection: ServerConnection, request: Request) -> Response | None:
        reason = self._reason(request)
        if reason is None:
            return self._too_fast(connection, request)
        metrics.EDGE_REFUSED.labels(reason).inc()
        if reason == "origin":
            return connection.respond(HTTPStatus.FORBIDDEN, "pages of this origin may not connect\n")
        response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "no more sockets: try again elsewhere\n")
        response.headers["Retry-After"] = "1"
        return response

    def _too_fast(self, connection: ServerConnection, request: Request) -> Response | None:
        peer: str | None = (connection.remote_address or (None,))[0]
        client = self._addresses.client(peer, request.headers.get_all("X-Forwarded-For"))
        wait = self._connections.take(client, asyncio.get_running_loop().time())
        if not wait:
            return None
        metrics.RATE_LIMITED.labels("connections").inc()
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited: too many sockets from here\n")
        response.headers["Retry-After"] = str(whole_seconds(wait))
        return response

    def _reason(self, request: Request) -> str | None:
        if not self._allowed(request):
            return "origin"
        if self._node is None:
            return "not_ready"
        if self._node.sockets >= self._config.max_sockets:
            return "full"
        unconnected = self._node.sockets - self._node.sessions
        return "unconnected" if unconnected >= self._config.max_unconnected else None

    def _allowed(self, request: Request) -> bool:
        """Whether the page that asks is one of ours (RFC 6455 section 10.2). Ports of one host are one site."""
        try:
            origin, host = request.headers.get("Origin"), request.headers.get("Host")
            if origin is None or origin in self._config.origins:
                return True
            of_page = urlsplit(origin).hostname
            return of_page is not None and of_page == urlsplit(f"//{host}").hostname
        except (MultipleValuesError, ValueError):
            return False


def _listener(config: ServerConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # What accepted sockets inherit has to be set before they are accepted.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, config.send_buffer_bytes)
        listener.bind((config.host, config.port))
    except OSError:
        listener.close()
        raise
    return listener


def _metrics(connection: ServerConnection) -> Response:
    response = connection.respond(HTTPStatus.OK, generate_latest().decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response
