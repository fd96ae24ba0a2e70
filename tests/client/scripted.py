"""A server that says what a test scripts: REST answered in the process, sockets on a real port."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

AT = "2026-01-31T09:05:07.123Z"
USER = {"id": "u_1", "username": "alice"}
LIMIT = 10.0

Frame = dict[str, Any]


def summary(conversation: str = "c_1", rev: int = 0) -> Frame:
    numbers = {"epoch": "e", "seq": rev, "rev": rev}
    return {"id": conversation, "kind": "direct", **numbers, "members": [], "created_at": AT, "updated_at": AT}


def message(rev: int, conversation: str = "c_1") -> Frame:
    numbers = {"epoch": "e", "seq": rev, "rev": rev}
    said = {"sender": "u_2", "client_id": f"m{rev}", "text": f"text {rev}", "sent_at": AT}
    return {"type": "message", "conversation": conversation, **numbers, **said}


def problem(status: int, code: str, *, retry: bool = False, **headers: str) -> httpx.Response:
    body = {"type": "about:blank", "status": status, "detail": code, "code": code, "retry": retry}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json", **headers})


class Peer:
    """One socket, seen from the server."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.connect: Frame = {}

    async def hear(self) -> Frame:
        async with asyncio.timeout(LIMIT):
            frame: Frame = json.loads(await self.socket.recv())
            return frame

    async def say(self, *frames: Frame) -> None:
        for frame in frames:
            await self.socket.send(json.dumps(frame))

    async def welcome(self, *summaries: Frame, more: bool = False) -> None:
        await self.say(
            {"type": "connected", "session": "s_1", "edge": "edge-1", "user": USER}
            | {"conversations": list(summaries), "more": more, "online": [], "resumed": False}
        )

    async def stay(self) -> None:
        """Until the client leaves."""
        await self.socket.wait_closed()


Script = Callable[[Peer], Awaitable[None]]
Route = Callable[[httpx.Request], httpx.Response]


@dataclass
class ScriptedServer:
    """Plays one script per socket, in order; the last one serves all that come later."""

    scripts: list[Script] = field(default_factory=list)
    routes: dict[str, Route] = field(default_factory=dict)
    """By `METHOD /path`; they replace the answers below."""
    requests: list[str] = field(default_factory=list)
    tokens: int = 0
    expires_in: float = 900.0
    urls: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        route = f"{request.method} {request.url.path.removeprefix('/api')}"
        self.requests.append(route)
        if route in self.routes:
            return self.routes[route](request)
        match route:
            case "POST /login" | "POST /refresh":
                return self.sign_in()
            case "GET /connect":
                return httpx.Response(200, json={"urls": self.urls, "heartbeat_seconds": 25})
        return problem(404, "not_found")

    def sign_in(self) -> httpx.Response:
        self.tokens += 1
        body = {"access_token": f"token-{self.tokens}", "expires_in": self.expires_in, "user": USER}
        return httpx.Response(200, json=body)

    async def play(self, socket: ServerConnection) -> None:
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        peer = Peer(socket)
        try:
            peer.connect = await peer.hear()
            await script(peer)
        except ConnectionClosed:
            return  # the client left: whether it might is for the test to say
        except Exception as fault:
            self.faults.append(fault)
            raise


@asynccontextmanager
async def scripted_server(*scripts: Script) -> AsyncIterator[ScriptedServer]:
    """A server at `urls`; a script that fails fails the test."""
    scripted = ScriptedServer(list(scripts))
    server: Server
    async with serve(scripted.play, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        scripted.urls = [f"ws://127.0.0.1:{port}/ws"]
        yield scripted
    if scripted.faults:
        raise scripted.faults[0]
