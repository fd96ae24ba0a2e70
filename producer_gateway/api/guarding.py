"""What every request is held to before a route sees it, and every answer before the client does."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from producer_gateway.api import problems
from producer_gateway.api.problems import ProblemError
from schemas.errors import ErrorCode

_MAX_DIGITS = 15
_NOTHING_ELSE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = {
    "Content-Security-Policy": _NOTHING_ELSE,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds what an answer does not say itself: nothing may be embedded, guessed at, or kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class BodyLimits(NamedTuple):
    """How large a request's body may be, and how long it may take to arrive."""

    bytes: int
    seconds: float


class BoundedRequests:
    """Takes at most `at_once` requests at a time, and of each a body within the `limits` of its route.

    The framework's own limit of bodies answers in plain text, before anything of ours sees it.
    """

    def __init__(self, app: ASGIApp, at_once: int, limits: Callable[[Scope], BodyLimits]) -> None:
        self._app = app
        self._at_once = at_once
        self._limits = limits
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limits = self._limits(scope)
        refusal = self._refusal(scope, limits)
        if refusal is not None:
            return await problems.response(ProblemError(refusal))(scope, receive, send)
        self._under_way += 1
        try:
            await self._app(scope, _bounded(receive, limits), send)
        finally:
            self._under_way -= 1

    def _refusal(self, scope: Scope, limits: BodyLimits) -> ErrorCode | None:
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and (len(length) > _MAX_DIGITS or int(length) > limits.bytes):
            return ErrorCode.TOO_LARGE
        return ErrorCode.UNAVAILABLE if self._under_way >= self._at_once else None


def _bounded(receive: Receive, limits: BodyLimits) -> Receive:
    deadline = asyncio.get_running_loop().time() + limits.seconds
    taken, whole = 0, False

    async def bounded() -> Message:
        nonlocal taken, whole
        if whole:  # what follows the body is only the client's going away, and may take its time
            return await receive()
        message = await _by(deadline, receive)
        taken += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if taken > limits.bytes:
            raise ProblemError(ErrorCode.TOO_LARGE)
        return message

    return bounded


async def _by(deadline: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout_at(deadline):
            return await receive()
    except TimeoutError:
        raise ProblemError(ErrorCode.INVALID_FRAME, "The body took too long to arrive.") from None


class Origins(CORSMiddleware):
    """CORS for the configured origins only; a refused preflight is a problem document like any other error."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "If-Range", "Range", "traceparent"),
            expose_headers=("Content-Range", "ETag", "Idempotency-Key", "Location", "Retry-After"),
            max_age=600,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        return problems.response(ProblemError(ErrorCode.FORBIDDEN, "Pages of this origin may not use this server."))
