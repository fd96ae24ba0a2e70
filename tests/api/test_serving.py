"""The application behind a real socket: while it starts, while it serves, while it drains."""

import asyncio
import socket

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from producer_gateway.api.serving import Gate, serve


class SlowApp:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Request(scope).url.path == "/slow":
            self.asked.set()
            await self.go_on.wait()
        await PlainTextResponse("done")(scope, receive, send)


async def test_from_start_to_drain() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    gate, app, left, noticed = Gate(), SlowApp(), asyncio.Event(), asyncio.Event()

    async def leave() -> None:
        left.set()
        await noticed.wait()

    serving = asyncio.create_task(serve(gate, listener, leave, drain_seconds=10))
    async with httpx.AsyncClient(base_url=base) as client:
        assert (await client.get("/healthz")).status_code == 200
        starting = await client.get("/readyz")
        assert (starting.status_code, starting.json()["code"]) == (503, "unavailable")

        gate.open(app)
        assert (await client.get("/readyz")).text == "done"

        slow = asyncio.create_task(client.get("/slow"))
        await app.asked.wait()
        serving.cancel()
        await left.wait()
        assert (await client.get("/still")).text == "done"
        noticed.set()
        app.go_on.set()
        assert (await slow).text == "done"

    await asyncio.gather(serving, return_exceptions=True)
    assert serving.cancelled()
