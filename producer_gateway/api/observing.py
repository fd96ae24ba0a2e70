"""Around every request: its trace, one log line, its metrics, and an honest answer when the code under it breaks."""

import asyncio
from random import Random

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from producer_gateway.api import problems
from producer_gateway.api.tracing import TRACEPARENT, continued, trace_id
from schemas.errors import ErrorCode
from schemas.metrics import API_REQUESTS, API_SECONDS

_log = structlog.get_logger(__name__)

_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Answer:
    """Notes what is sent, on its way to `send`."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


class Observing:
    """The outermost layer. Logs carry the route's pattern: paths and queries may hold secrets."""

    def __init__(self, app: ASGIApp, random: Random) -> None:
        self._app = app
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        traceparent = continued(Headers(scope=scope).get(TRACEPARENT), self._random)
        scope.setdefault("state", {})[TRACEPARENT] = traceparent
        answer = _Answer(send)
        started = asyncio.get_running_loop().time()
        with bound_contextvars(trace=trace_id(traceparent)):
            try:
                await self._answered(scope, receive, answer)
            finally:
                _note(scope, answer.status, asyncio.get_running_loop().time() - started)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception:
            _log.exception("request_failed", method=scope["method"], route=_route(scope))
            if answer.status is not None:
                raise  # half an answer is out: the server cuts the connection
            failure = problems.response(problems.ProblemError(ErrorCode.INTERNAL))
            await failure(scope, receive, answer)


def _note(scope: Scope, status: int | None, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    API_REQUESTS.labels(method, route, str(status or "cut")).inc()
    API_SECONDS.labels(route).observe(seconds)
    if route not in _UNLOGGED:
        _log.info("request", method=method, route=route, status=status, seconds=round(seconds, 4))


def _route(scope: Scope) -> str:
    """The pattern of the route that took the request, the same for all ids."""
    return getattr(scope.get("route"), "path", "none")
