"""What is told of users, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.presence import Presence
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.ports import PresenceChange


class MemoryPresences:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def load(self, users: Iterable[str]) -> Mapping[str, Presence]:
        return await self._wire.ask("presences.load", lambda: self._load(users))

    def _load(self, users: Iterable[str]) -> dict[str, Presence]:
        known = self._database.presences
        return {user: known.get(user, Presence()) for user in users if user in self._database.accounts}

    async def change(self, changes: Mapping[str, PresenceChange]) -> frozenset[str]:
        return await self._wire.ask("presences.change", lambda: self._change(changes))

    def _change(self, changes: Mapping[str, PresenceChange]) -> frozenset[str]:
        return frozenset(user for user, change in changes.items() if not self._changed(user, change))

    def _changed(self, user: str, change: PresenceChange) -> bool:
        if self._load([user]).get(user) != change.before:
            return False
        last = change.after.last_online
        kept = None if last is None else from_millis(to_millis(last))
        self._database.presences[user] = replace(change.after, last_online=kept)
        return True

    async def online(self, users: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask("presences.online", lambda: self._online() & frozenset(users))

    def _online(self) -> frozenset[str]:
        return frozenset(user for user, presence in self._database.presences.items() if presence.online)

    async def doubtful(self) -> frozenset[str]:
        return await self._wire.ask("presences.doubtful", self._doubtful)

    def _doubtful(self) -> frozenset[str]:
        return self._online() ^ frozenset(user for user, _ in self._database.seats)
