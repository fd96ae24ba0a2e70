"""What members note of conversations for themselves, in memory."""

from collections.abc import Iterable
from datetime import datetime

from domain.receipts import Reader
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.ports import FOREVER


class MemoryMarks:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def mute(self, reader: Reader, until: datetime | None) -> None:
        await self._wire.ask("marks.mute", lambda: self._mute(reader, until or FOREVER))

    def _mute(self, reader: Reader, until: datetime) -> None:
        self._database.muted_until[reader] = from_millis(to_millis(until))

    async def unmute(self, reader: Reader) -> None:
        await self._wire.ask("marks.unmute", lambda: self._unmute(reader))

    def _unmute(self, reader: Reader) -> None:
        self._database.muted_until.pop(reader, None)

    async def mark_unread(self, reader: Reader, *, unread: bool) -> None:
        await self._wire.ask("marks.mark_unread", lambda: self._mark_unread(reader, unread))

    def _mark_unread(self, reader: Reader, unread: bool) -> None:
        (self._database.marked_unread.add if unread else self._database.marked_unread.discard)(reader)

    async def remove_user(self, user: str) -> None:
        await self._wire.ask("marks.remove_user", lambda: self._remove_user(user))

    def _remove_user(self, user: str) -> None:
        database = self._database
        database.muted_until = {reader: until for reader, until in database.muted_until.items() if reader.user != user}
        database.marked_unread = {reader for reader in database.marked_unread if reader.user != user}

    async def muted(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        return await self._wire.ask("marks.muted", lambda: self._muted(readers))

    def _muted(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        now, until = self._database.now(), self._database.muted_until
        return frozenset(reader for reader in readers if reader in until and until[reader] > now)
