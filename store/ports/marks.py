"""What a member notes for himself: muted, marked as unread."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from domain.receipts import Reader

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""How what ends never is kept where a time is needed."""


class Marks(Protocol):
    """What members note of conversations for themselves. It stands beside the members, so that it never conflicts with
    the writer; of somebody who is no member it means nothing. Times are compared with the store's clock."""

    async def mute(self, reader: Reader, until: datetime | None) -> None:
        """Until that time, or, with None, for good."""

    async def unmute(self, reader: Reader) -> None: ...

    async def mark_unread(self, reader: Reader, *, unread: bool) -> None:
        """Have the conversation shown as unread, whatever was read of it, or no longer."""

    async def remove_user(self, user: str) -> None:
        """Forget all that he noted."""

    async def muted(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        """Those of them who do not want to be told of the conversation now."""
