"""For those who watch the process: alive, ready, and its metrics."""

from collections.abc import Callable

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from producer_gateway.api.problems import ProblemError
from schemas.errors import ErrorCode


def router(ready: Callable[[], bool]) -> APIRouter:
    """`/readyz` answers 503 while the process starts or drains; alive is who answers at all."""
    found = APIRouter(include_in_schema=False)

    @found.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @found.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> Response:
        if not ready():
            raise ProblemError(ErrorCode.UNAVAILABLE, "Starting or draining.")
        return PlainTextResponse("ready\n")

    @found.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return found
