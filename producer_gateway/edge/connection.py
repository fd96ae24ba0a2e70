"""The transport's side of a socket, as the node sees it."""

from typing import Protocol


class Connection(Protocol):
    """One open transport. None of its methods raises."""

    def send(self, frame: bytes) -> None:
        """Put a text frame (UTF-8) into the bounded outbox and return at once. One that would grow beyond its bound
        closes the connection with TOO_SLOW instead; on a closed connection nothing happens."""

    async def room(self) -> None:
        """Wait until the outbox is empty enough for a large frame, or the connection is over. Bounded in time: a
        client that takes nothing for long is closed with TOO_SLOW."""

    def close(self, code: int, reason: str) -> None:
        """Close after what is in the outbox, within bounded time."""
