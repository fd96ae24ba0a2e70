"""How fast requests may come, and how often a password may be guessed."""

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.identity import folded
from domain.limits import (
    ADDRESS_REQUESTS,
    CHATS,
    COMMANDS,
    REGISTRATIONS,
    REQUESTS,
    SIGN_INS,
    Guesses,
    Limiter,
    Patience,
    Rate,
    whole_seconds,
)
from producer_gateway.addresses import Addresses, AddressLimiter, Network
from producer_gateway.api import problems
from producer_gateway.api.problems import ProblemError
from schemas import metrics
from schemas.errors import ErrorCode

ADDRESS = "address"
"""Where in a request's state the client's address is."""

_COMMANDS = ("/api/conversations", "/api/messages")
_PAUSE_SECONDS = 1.0
"""As at the edges: what is sent behind a refused command must not overtake it."""
_OF_SOURCE = Patience(free=5, longest=900.0)
"""Wrong passwords for one name from one address."""
_OF_NAME = Patience(free=50, longest=30.0)
"""Wrong passwords for one name from wherever: enough to stop a search, too little to keep the owner out."""


@dataclass(frozen=True, slots=True)
class ApiLimits:
    commands: Rate | None = COMMANDS
    requests: Rate | None = REQUESTS
    address_requests: Rate | None = ADDRESS_REQUESTS
    sign_ins: Rate | None = SIGN_INS
    registrations: Rate | None = REGISTRATIONS
    chats: Rate | None = CHATS
    proxies: tuple[Network, ...] = ()
    """Whose `X-Forwarded-For` is believed."""
    exempt: tuple[Network, ...] = ()
    """Addresses that are not limited as such."""


class Limits:
    """Each method raises ProblemError `rate_limited` or `locked_out`, with when to try again."""

    def __init__(self, limits: ApiLimits) -> None:
        self._addresses = Addresses(limits.proxies, limits.exempt)
        self._by_address = AddressLimiter(limits.address_requests)
        self._commands: Limiter[str] = Limiter(limits.commands, pause=_PAUSE_SECONDS)
        self._requests: Limiter[tuple[str, str, str]] = Limiter(limits.requests)
        self._sign_ins = AddressLimiter(limits.sign_ins)
        self._registrations = AddressLimiter(limits.registrations)
        self._chats = AddressLimiter(limits.chats)
        self._of_source: Guesses[tuple[str, str]] = Guesses(_OF_SOURCE)
        self._of_name: Guesses[str] = Guesses(_OF_NAME)

    def address(self, scope: Scope) -> str:
        """The client's address, of an HTTP request."""
        peer = scope.get("client") or (None,)
        return self._addresses.client(peer[0], Headers(scope=scope).getlist("x-forwarded-for"))

    def anyone(self, address: str) -> None:
        """A request, whoever sends it."""
        _refuse("address_requests", self._by_address.take(address, _now()))

    def user(self, user: str, method: str, route: str) -> None:
        """A signed-in user's request. Commands count together, as on a socket; everything else by its route."""
        if method != "GET" and route.startswith(_COMMANDS):
            _refuse("commands", self._commands.take(user, _now()))
        else:
            _refuse("requests", self._requests.take((user, method, route), _now()))

    def registration(self, address: str) -> None:
        _refuse("registrations", self._registrations.take(address, _now()))

    def chat(self, address: str) -> None:
        """An ephemeral chat is to be started."""
        _refuse("chats", self._chats.take(address, _now()))

    def sign_in(self, address: str) -> None:
        _refuse("sign_ins", self._sign_ins.take(address, _now()))

    def guess(self, address: str, name: str) -> None:
        """Somebody says that he knows the password of the user of that name (or id). It counts as wrong until
        `right` is called."""
        now, name = _now(), folded(name)
        _lock_out(self._of_source.guess((address, name), now))
        _lock_out(self._of_name.guess(name, now))

    def right(self, address: str, name: str) -> None:
        self._of_source.right((address, folded(name)))
        self._of_name.right(folded(name))


class PerAddress:
    """The layer that limits each address and notes it for the routes."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            address = scope.setdefault("state", {})[ADDRESS] = self._limits.address(scope)
            try:
                self._limits.anyone(address)
            except ProblemError as refusal:
                return await problems.response(refusal)(scope, receive, send)
        return await self._app(scope, receive, send)


def _refuse(limit: str, wait: float) -> None:
    if wait:
        metrics.RATE_LIMITED.labels(limit).inc()
        raise ProblemError(ErrorCode.RATE_LIMITED, headers={"Retry-After": str(whole_seconds(wait))})


def _lock_out(wait: float) -> None:
    if wait:
        metrics.RATE_LIMITED.labels("guesses").inc()
        raise ProblemError(ErrorCode.LOCKED_OUT, headers={"Retry-After": str(whole_seconds(wait))})


def _now() -> float:
    return asyncio.get_running_loop().time()
