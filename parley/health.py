"""What every process answers to those who watch it: alive, ready, and its metrics."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


@dataclass(slots=True)
class Health:
    """Whether a process takes part yet, or still. Alive is who answers at all."""

    ready: bool = False


def health_app(health: Health) -> Starlette:
    """`/healthz` 200 while the process can answer, `/readyz` 200 or 503, `/metrics` in Prometheus' text format."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        return PlainTextResponse("ready\n") if health.ready else PlainTextResponse("not ready\n", status_code=503)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


async def serve_health(health: Health, host: str, port: int) -> None:
    """Serve until cancelled. Raises OSError when the port is taken."""
    listener = socket.create_server((host, port))
    config = uvicorn.Config(health_app(health), log_config=None, access_log=False, lifespan="off")
    await _Server(config).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Leaves the signals to the process, which stops this by cancelling it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
