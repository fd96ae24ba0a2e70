"""The application behind a listening socket, by uvicorn, until the process is told to stop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from producer_gateway.api import problems
from producer_gateway.api.problems import ProblemError
from schemas.errors import ErrorCode

_KEEP_ALIVE_SECONDS = 75


class Gate:
    """What answers while the application is not there yet: alive, but not for use."""

    def __init__(self) -> None:
        self._app: ASGIApp = _starting

    def open(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


async def _starting(scope: Scope, receive: Receive, send: Send) -> None:
    await _word(scope["path"])(scope, receive, send)


def _word(path: str) -> Response:
    if path == "/healthz":
        return PlainTextResponse("alive\n")
    return problems.response(ProblemError(ErrorCode.UNAVAILABLE, "The server is starting."))


class _Server(uvicorn.Server):
    """Leaves the signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp, listener: socket.socket, leave: Callable[[], Awaitable[None]], *, drain_seconds: float
) -> None:
    """Serve until cancelled, then stop in order.

    First `leave` says that the process is not for use any more, and waits until whoever spreads the load has had the
    time to see it; then the socket closes, and what is under way has `drain_seconds` to end.
    """
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, round(drain_seconds)),
        )
    )
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([listener]), name="http")
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            await leave()
            server.should_exit = True
            await asyncio.shield(serving)
            raise
