"""Chats' keys, wrapped and opened in threads, a few at a time: it is slow on purpose."""

from collections.abc import Sequence
from typing import NamedTuple

from domain import sealing
from domain.ephemeral import Seat
from domain.sealing import Cost, WrappedKey
from producer_gateway.threads import Threads


class Secrets(NamedTuple):
    """What one seat's person is given, and is kept nowhere."""

    token: str
    code: str


class ChatKeys:
    def __init__(self, cost: Cost, *, concurrent: int = 2, waiting: int = 64) -> None:
        self._cost = cost
        self._threads = Threads("chat-key", concurrent=concurrent, waiting=waiting)

    async def wrapped(self, key: bytes, seats: Sequence[tuple[str, Secrets]]) -> list[WrappedKey]:
        """The key, once for each seat: its user and its secrets. Raises TooBusy."""
        return await self._threads.run(
            lambda: [sealing.wrap(key, found.token, found.code, user, self._cost) for user, found in seats]
        )

    async def opened(self, seat: Seat, token: str, code: str) -> bytes | None:
        """The chat's key; None when the code is wrong. Raises TooBusy."""
        return await self._threads.run(lambda: sealing.unwrap(seat.wrapped, token, code, seat.user, self._cost))

    def close(self) -> None:
        self._threads.close()
