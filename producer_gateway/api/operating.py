"""For those who watch the process: alive, ready, and its metrics."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from producer_gateway.api.problems import ProblemError
from schemas.errors import ErrorCode


def routes(ready: Callable[[], bool]) -> list[Route]:
    """`/readyz` answers 503 while the process starts or drains; alive is who answers at all."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        if not ready():
            raise ProblemError(ErrorCode.UNAVAILABLE, "Starting or draining.")
        return PlainTextResponse("ready\n")

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
