"""How far members have come, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from domain.conversation import Conversation
from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.messages import Message
from schemas.receipts import ReceiptKind
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.ports import Receipt, Stretch

K = TypeVar("K")
V = TypeVar("V")


class MemoryReceipts:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def cursors(self, readers: Iterable[Reader]) -> Mapping[Reader, MemberCursor]:
        return await self._wire.ask("receipts.cursors", lambda: self._found(self._database.cursors, readers))

    async def rows(self, keys: Iterable[RowKey]) -> Mapping[RowKey, ReceiptRow]:
        return await self._wire.ask("receipts.rows", lambda: self._found(self._database.receipts, keys))

    def _found(self, among: Mapping[K, V], keys: Iterable[K]) -> dict[K, V]:
        return {key: among[key] for key in keys if key in among}

    async def advance(self, rows: Iterable[ReceiptRow], cursors: Mapping[Reader, MemberCursor]) -> None:
        made = tuple(rows)
        await self._wire.ask("receipts.insert", lambda: self._insert(made))
        await self._wire.ask("receipts.raise", lambda: self._raise(cursors))

    def _insert(self, rows: Iterable[ReceiptRow]) -> None:
        for row in rows:
            self._database.receipts.setdefault(row.key, row)

    def _raise(self, cursors: Mapping[Reader, MemberCursor]) -> None:
        for reader, cursor in cursors.items():
            known = self._database.cursors.get(reader, MemberCursor())
            self._database.cursors[reader] = known.raised(cursor.delivered, cursor.read)

    async def senders(self, stretches: Mapping[str, Stretch]) -> Mapping[str, Mapping[int, str]]:
        return await self._wire.ask("receipts.senders", lambda: self._senders(stretches))

    def _senders(self, stretches: Mapping[str, Stretch]) -> dict[str, dict[int, str]]:
        return {
            conversation: {
                seq: message.sender
                for seq, message in self._database.messages.get(conversation, {}).items()
                if stretch.after < seq <= stretch.to
            }
            for conversation, stretch in stretches.items()
        }

    async def members(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        wanted = tuple(readers)
        return await self._wire.ask("receipts.members", lambda: frozenset(filter(self._is_member, wanted)))

    def _is_member(self, reader: Reader) -> bool:
        state = self._database.conversations.get(reader.conversation)
        return state is not None and reader.user in state.members

    async def of_message(self, conversation: str, seq: int) -> Sequence[Receipt]:
        return await self._wire.ask("receipts.of_message", lambda: self._of_message(conversation, seq))

    def _of_message(self, conversation: str, seq: int) -> list[Receipt]:
        state = self._database.conversations.get(conversation)
        message = self._database.messages.get(conversation, {}).get(seq)
        if state is None or message is None:
            return []
        return [self._receipt(Reader(conversation, user), seq) for user in _recipients(state, message)]

    def _receipt(self, reader: Reader, seq: int) -> Receipt:
        delivered = self._since(reader, ReceiptKind.DELIVERED, seq)
        return Receipt(reader.user, delivered, self._since(reader, ReceiptKind.READ, seq))

    def _since(self, reader: Reader, kind: ReceiptKind, seq: int) -> datetime | None:
        rows = self._database.receipts.values()
        found = (row.at for row in rows if row.key.reader == reader and row.key.kind is kind and row.key.seq >= seq)
        return min(found, default=None)

    async def delete(self, conversations: Iterable[str]) -> None:
        await self._wire.ask("receipts.delete", lambda: self._delete(frozenset(conversations)))

    def _delete(self, conversations: frozenset[str]) -> None:
        cursors, rows = self._database.cursors, self._database.receipts
        for reader in [reader for reader in cursors if reader.conversation in conversations]:
            del cursors[reader]
        for key in [key for key in rows if key.reader.conversation in conversations]:
            del rows[key]


def _recipients(state: Conversation, message: Message) -> list[str]:
    present = (member.user for member in state.members.values() if member.joined_at <= message.sent_at)
    return sorted(user for user in present if user != message.sender)


class MemoryReceiptWatermarks:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._watermarks = database.receipt_watermarks
        self._wire = wire

    async def load(self) -> Mapping[int, datetime]:
        return await self._wire.ask("receipt_watermarks.load", lambda: dict(self._watermarks))

    async def advance(self, watermarks: Mapping[int, datetime]) -> None:
        await self._wire.ask("receipt_watermarks.advance", lambda: self._advance(watermarks))

    def _advance(self, watermarks: Mapping[int, datetime]) -> None:
        for partition, instant in watermarks.items():
            self._watermarks[partition] = max(instant, self._watermarks.get(partition, instant))
