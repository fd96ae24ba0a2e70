"""How far members have come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey


class Stretch(NamedTuple):
    """The seqs above `after` and up to `to`."""

    after: int
    to: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What has become of one message at one of its recipients; None: not yet."""

    user: str
    delivered_at: datetime | None = None
    read_at: datetime | None = None


class Receipts(Protocol):
    """How far members have come, and since when. Whatever is repeated changes nothing; nothing ever goes back."""

    async def cursors(self, readers: Iterable[Reader]) -> Mapping[Reader, MemberCursor]:
        """Those of them that have one, read at majority."""

    async def rows(self, keys: Iterable[RowKey]) -> Mapping[RowKey, ReceiptRow]:
        """Those of them that are there."""

    async def advance(self, rows: Iterable[ReceiptRow], cursors: Mapping[Reader, MemberCursor]) -> None:
        """First insert the rows that are not there yet, then raise the cursors to at least these. On a failure some of
        it may be done, but no cursor is ever above its rows."""

    async def senders(self, stretches: Mapping[str, Stretch]) -> Mapping[str, Mapping[int, str]]:
        """By conversation: who sent each message of its stretch, by seq."""

    async def members(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        """Those of them who are members now."""

    async def of_message(self, conversation: str, seq: int) -> Sequence[Receipt]:
        """What has become of a message at each of its recipients: the members who had joined when it was sent, without
        its sender, in order of their ids. Empty when there is no such message."""

    async def delete(self, conversations: Iterable[str]) -> None:
        """Forget every cursor and every row of conversations that are no more."""


class ReceiptWatermarks(Protocol):
    """Until when, per partition of `receipts`, everything that Kafka had taken is in `Receipts`. Only ever grows."""

    async def load(self) -> Mapping[int, datetime]:
        """Partition → its watermark; one that has none yet is left out."""

    async def advance(self, watermarks: Mapping[int, datetime]) -> None:
        """Raise each to at least this instant."""
