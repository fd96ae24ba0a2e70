"""The edge on the network: real sockets, a bus and a store in memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from random import Random
from typing import Any

import httpx
import orjson
import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bus.memory import MemoryBus, MemoryCluster
from domain.identity import User
from domain.limits import Rate
from parley.edge import Edge, compose
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.server import EdgeServer, ServerConfig
from schemas.deliveries import Delivery
from schemas.errors import CloseCode
from schemas.frames import MAX_CLIENT_FRAME_BYTES
from schemas.times import to_millis
from schemas.topics import fixed_topics
from store.memory import MemoryDatabase, MemoryStore
from tests.edge.world import TOKENS
from tests.making import ALICE, BOB, CAROL

WAIT = 30.0


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Running:
    edge: Edge
    server: EdgeServer

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/ws"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@asynccontextmanager
async def serving(config: ServerConfig | None = None, edge_config: EdgeConfig | None = None) -> AsyncIterator[Running]:
    cluster = MemoryCluster(lambda: to_millis(now()))
    cluster.create(fixed_topics())
    store = MemoryStore(MemoryDatabase(now))
    for user in (ALICE, BOB, CAROL):
        await store.users.create(User(user, f"name-{user}", now()), "a-hash")
    async with asyncio.timeout(3 * WAIT), asyncio.TaskGroup() as tasks:
        edge = compose(
            MemoryBus(cluster),
            store,
            TOKENS,
            tasks,
            random=Random(1),
            now=now,
            url="ws://edge-1/ws",
            config=edge_config or EdgeConfig(),
        )
        server = EdgeServer(tasks, replace(config or ServerConfig(), port=0))
        await server.start()
        await edge.life.begin()
        run = tasks.create_task(edge.run())
        server.open(edge.node)
        try:
            yield Running(edge, server)
        finally:
            await server.stop(0)
            run.cancel()


async def next_frame(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(WAIT):
        frame: dict[str, Any] = orjson.loads(await client.recv())
        return frame


async def close_code(client: ClientConnection) -> int | None:
    """Read on until the server has closed; its code."""
    async with asyncio.timeout(WAIT):
        while True:
            try:
                await client.recv()
            except ConnectionClosed as closed:
                return None if closed.rcvd is None else closed.rcvd.code


async def hello(client: ClientConnection, user: str = ALICE, device: str = "phone") -> str:
    """Connect; the session's id."""
    token = TOKENS.issue(user, "a-login", now())
    await client.send(orjson.dumps({"type": "connect", "protocol": 1, "token": token, "device": device}).decode())
    connected = await next_frame(client)
    assert connected["type"] == "connected"
    session: str = connected["session"]
    return session


async def test_a_session_over_a_socket() -> None:
    async with serving() as running, connect(running.url) as client:
        await hello(client)
        await client.send('{"type":"poke","id":"e1"}')
        answer = await next_frame(client)
        assert (answer["type"], answer["id"], answer["error"]["code"]) == ("error", "e1", "invalid_frame")
        await client.close()
        assert client.close_code == CloseCode.NORMAL


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        ("not json", CloseCode.BAD_FRAME, "invalid_frame"),
        (b"binary", CloseCode.BAD_FRAME, "invalid_frame"),
        ('{"type":"message","id":"m"}', CloseCode.BAD_FRAME, "invalid_frame"),
        ('{"type":"connect","protocol":2,"token":"t","device":"d"}', CloseCode.BAD_FRAME, "unsupported_protocol"),
        ('{"type":"connect","protocol":1,"token":"t","device":"d"}', CloseCode.AUTHENTICATE, "unauthenticated"),
    ],
)
async def test_a_first_frame_that_is_refused(data: str | bytes, code: CloseCode, error: str) -> None:
    async with serving() as running, connect(running.url) as client:
        await client.send(data)
        assert (await next_frame(client))["error"]["code"] == error
        assert await close_code(client) == code


@pytest.mark.parametrize("size", [MAX_CLIENT_FRAME_BYTES + 1, 1024 * 1024, 3 * 1024 * 1024])
async def test_a_frame_that_is_too_large(size: int) -> None:
    async with serving() as running, connect(running.url) as client:
        await hello(client)
        with suppress(ConnectionClosed):  # the server does not wait for the rest
            await client.send("x" * size)
        assert await close_code(client) == CloseCode.TOO_LARGE


async def test_fragments_that_are_too_large_together() -> None:
    async with serving() as running, connect(running.url) as client:
        await hello(client)
        with suppress(ConnectionClosed):  # the server does not wait for the rest
            await client.send(["x" * 1000] * 70)
        assert await close_code(client) == CloseCode.TOO_LARGE


async def test_the_largest_frame_there_is() -> None:
    async with serving() as running, connect(running.url) as client:
        await hello(client)
        frame = '{"type":"typing","padding":""}'
        padding = "x" * (MAX_CLIENT_FRAME_BYTES - len(frame))
        await client.send(frame.replace('""', f'"{padding}"'))
        assert (await next_frame(client))["type"] == "error"


async def test_text_that_is_no_text() -> None:
    async with serving() as running, connect(running.url) as client:
        await hello(client)
        await client.send(b'{"type":"\xff"}', text=True)
        assert await close_code(client) == 1007  # RFC 6455 section 8.1


async def test_no_connect_in_time() -> None:
    config = EdgeConfig(connect_seconds=0.05)
    async with serving(edge_config=config) as running, connect(running.url) as client:
        assert await close_code(client) == CloseCode.CONNECT_TIMEOUT


async def test_the_same_device_again() -> None:
    async with serving() as running, connect(running.url) as first, connect(running.url) as second:
        await hello(first)
        await hello(second)
        assert await close_code(first) == CloseCode.REPLACED
        await second.send("{}")
        assert await close_code(second) == CloseCode.BAD_FRAME


async def test_pages() -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 200
        metrics = await http.get("/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain")
        assert "parley_edge_sockets" in metrics.text
        assert (await http.get("/elsewhere")).status_code == 404
        assert (await http.get("/ws")).status_code == 426


async def test_not_ready() -> None:
    async with asyncio.TaskGroup() as tasks:
        server = EdgeServer(tasks, ServerConfig(port=0))
        await server.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/readyz")).status_code == 503
        assert await refused(f"ws://127.0.0.1:{server.port}/ws") == 503
        await server.stop(0)


async def refused(url: str, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(url, **options):
            pass
    return refusal.value.response.status_code


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (None, True),
        ("https://chat.example", True),
        ("http://127.0.0.1:8080", True),
        ("https://chat.example:444", False),
        ("https://chat.example.evil", False),
        ("https://evil.example", False),
        ("http://127.0.0.2:8080", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
async def test_origins(origin: Any, *, welcome: bool) -> None:
    config = ServerConfig(origins=frozenset({"https://chat.example"}))
    async with serving(config) as running:
        if welcome:
            async with connect(running.url, origin=origin) as client:
                await hello(client)
        else:
            assert await refused(running.url, additional_headers={"Origin": origin}) == 403


async def test_more_sockets_than_may_be() -> None:
    async with serving(ServerConfig(max_sockets=2)) as running:
        async with connect(running.url) as one, connect(running.url) as two:
            await hello(one)
            await hello(two, BOB)
            assert await refused(running.url) == 503
        async with connect(running.url) as three:
            await hello(three)


async def test_who_connects_too_often_is_told_when_to_come_again() -> None:
    config = ServerConfig(connections=Rate(2, 0.05), proxies=(ip_network("127.0.0.0/8"),))
    async with serving(config) as running, connect(running.url), connect(running.url):
        with pytest.raises(InvalidStatus) as refusal:
            await connect(running.url)
        assert refusal.value.response.status_code == 429
        assert 1 <= int(refusal.value.response.headers["Retry-After"]) <= 20
        async with connect(running.url, additional_headers={"X-Forwarded-For": "198.51.100.1"}) as elsewhere:
            await hello(elsewhere)


async def test_more_unconnected_sockets_than_may_be() -> None:
    async with serving(ServerConfig(max_unconnected=1)) as running, connect(running.url) as one:
        assert await refused(running.url) == 503
        await hello(one)
        async with connect(running.url) as two:
            await hello(two, BOB)


async def test_a_client_that_does_not_read_is_too_slow_and_holds_up_nobody() -> None:
    config = ServerConfig(outbox_bytes=100_000, room_bytes=50_000, send_buffer_bytes=16_384, close_seconds=1.0)
    async with serving(config) as running:
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        stalled.connect(("127.0.0.1", running.server.port))
        async with connect(running.url, sock=stalled, max_queue=1) as slow, connect(running.url) as swift:
            both = await hello(slow), await hello(swift, BOB)
            slow.transport.pause_reading()
            frame = {"type": "later", "text": "x" * 10_000}
            for _ in range(100):
                running.edge.node.deliver(Delivery(to=both, frame=frame))
                assert (await next_frame(swift))["type"] == "later"
            async with asyncio.timeout(WAIT):
                while running.edge.node.sessions > 1:
                    await asyncio.sleep(0.01)
            slow.transport.resume_reading()
            assert await close_code(slow) in (CloseCode.TOO_SLOW, None)


async def test_a_slow_client_that_reads_on_is_told_why() -> None:
    config = ServerConfig(outbox_bytes=100_000, send_buffer_bytes=16_384)
    async with serving(config) as running, connect(running.url) as slow:
        session = await hello(slow)
        frame = {"type": "later", "text": "x" * 10_000}
        for _ in range(100):
            running.edge.node.deliver(Delivery(to=(session,), frame=frame))
        assert await close_code(slow) == CloseCode.TOO_SLOW


async def test_stopping() -> None:
    async with serving() as running, connect(running.url) as one, connect(running.url) as two:
        await hello(one)
        url = running.url
        stopping = asyncio.create_task(running.server.stop(0.1))
        assert await close_code(one) == CloseCode.GOING_AWAY
        assert await close_code(two) == CloseCode.GOING_AWAY
        await stopping
        with pytest.raises(OSError, match="onnect"):
            async with connect(url):
                pass


async def test_a_client_that_answers_no_ping_is_dropped() -> None:
    config = ServerConfig(ping_seconds=0.05, pong_seconds=0.1, close_seconds=0.1)
    async with serving(config) as running, connect(running.url, ping_interval=None) as client:
        await hello(client)
        client.transport.pause_reading()
        async with asyncio.timeout(WAIT):
            while running.edge.node.sockets:
                await asyncio.sleep(0.01)
        client.transport.abort()


async def test_a_taken_port() -> None:
    async with serving() as running, asyncio.TaskGroup() as tasks:
        second = EdgeServer(tasks, ServerConfig(port=running.server.port))
        with pytest.raises(OSError, match="in use"):
            await second.start()


@pytest.mark.parametrize(
    "scenario",
    [
        test_a_session_over_a_socket,
        lambda: test_a_frame_that_is_too_large(3 * 1024 * 1024),
        test_a_client_that_does_not_read_is_too_slow_and_holds_up_nobody,
        test_a_slow_client_that_reads_on_is_told_why,
        test_a_client_that_answers_no_ping_is_dropped,
        test_stopping,
    ],
)
def test_the_same_on_the_loop_of_the_process(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Its transports count their buffers, pause and abort in ways of their own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
