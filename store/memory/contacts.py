"""Who is told of whom, in memory."""

from collections.abc import Iterable, Mapping

from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.ports import MAX_AUDIENCE, MAX_CONTACTS


class MemoryContacts:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def of(self, users: Iterable[str]) -> Mapping[str, frozenset[str]]:
        return await self._wire.ask("contacts.of", lambda: self._of(users))

    def _of(self, users: Iterable[str]) -> dict[str, frozenset[str]]:
        open_ones = [found for found in self._database.conversations.values() if not found.blocked_by]
        circles = [frozenset(found.members) for found in open_ones]
        small = [circle for circle in circles if len(circle) <= MAX_AUDIENCE]
        known = {user: {each for circle in small if user in circle for each in circle} - {user} for user in users}
        return {user: frozenset(sorted(others)[:MAX_CONTACTS]) for user, others in known.items() if others}

    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        return await self._wire.ask("contacts.audiences", lambda: self._audiences(conversations))

    def _audiences(self, conversations: Iterable[str]) -> dict[str, frozenset[str]]:
        found = self._database.conversations
        asked = [found[one] for one in conversations if one in found and found[one].members]
        return {each.id: frozenset(each.members) for each in asked if not each.blocked_by}
