"""Who is told of whom, in memory."""

from collections.abc import Iterable, Mapping

from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase


class MemoryContacts:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        return await self._wire.ask("contacts.audiences", lambda: self._audiences(conversations))

    def _audiences(self, conversations: Iterable[str]) -> dict[str, frozenset[str]]:
        found = self._database.conversations
        return {one: frozenset(found[one].members) for one in conversations if one in found}
