"""HTTPS requests to endpoints that users gave us: to public addresses only, without redirects, bounded in everything.

It is `httpcore` without `httpx` above it: one request, no environment, no proxies, no redirects, no decoding.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpcore

from consumers.notifications.addresses import NotPublic, Resolver

_RETRY_AFTER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class PushClientConfig:
    connections: int = 64
    idle_seconds: float = 30.0
    connect_seconds: float = 5.0
    request_seconds: float = 10.0
    """For all of it, from the look-up of the name to the end of the answer."""
    answer_bytes: int = 16_384
    """What is read of an answer; the connection of a longer one is closed."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: float | None
    """Seconds, where the answer names a number of them."""


class Unreachable(Exception):
    """There was no answer; another attempt may help. Says of what kind the failure was, not where."""


class PushClient:
    """Posts to endpoints. Keeps connections for a while; `close` it."""

    def __init__(self, resolve: Resolver, tls: ssl.SSLContext, config: PushClientConfig) -> None:
        """`tls` says whose certificates are believed; they are checked against the endpoint's name."""
        self._config = config
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=config.connections,
            max_keepalive_connections=config.connections,
            keepalive_expiry=config.idle_seconds,
            network_backend=_ResolvedNetwork(resolve),
        )

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises Unreachable, or NotPublic for a name that leads to where we do not go."""
        try:
            async with asyncio.timeout(self._config.request_seconds):
                return await self._post(endpoint, headers, body)
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Unreachable(type(error).__name__) from None

    async def _post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        seconds = self._config.connect_seconds
        timeout = {"connect": seconds, "pool": self._config.request_seconds, "read": None, "write": None}
        async with self._pool.stream(
            "POST", endpoint, headers=[*headers.items()], content=body, extensions={"timeout": timeout}
        ) as response:
            await self._read(response)
            return Answer(response.status, _retry_after(response.headers))

    async def _read(self, response: httpcore.Response) -> None:
        """Read the answer's end, so that the connection may serve again, unless it is too long a way to it."""
        left = self._config.answer_bytes
        async for chunk in response.aiter_stream():
            left -= len(chunk)
            if left < 0:
                return

    async def close(self) -> None:
        await self._pool.aclose()


class _ResolvedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the address that the resolver said, and to no other; TLS still goes by the name."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._resolve(host, port)
        return await self._inner.connect_tcp(*address, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    for name, value in headers:
        if name.lower() == b"retry-after":
            text = value.decode("latin-1").strip()
            return float(text) if text.isdecimal() and len(text) <= _RETRY_AFTER_DIGITS else None
    return None
