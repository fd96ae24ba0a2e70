"""The application behind a listening socket, by uvicorn, until the process is told to stop."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS = 75


class _Server(uvicorn.Server):
    """Leaves the signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp, listener: socket.socket, drain: Callable[[], None], *, notice_seconds: float, drain_seconds: float
) -> None:
    """Serve until cancelled, then stop in order.

    First `drain` makes the process say that it is not ready, for `notice_seconds`, so that whoever spreads the load
    looks elsewhere; then the socket closes, and what is under way has `drain_seconds` to end.
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
            drain()
            await asyncio.sleep(notice_seconds)
            server.should_exit = True
            await asyncio.shield(serving)
            raise
