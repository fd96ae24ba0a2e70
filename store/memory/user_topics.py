"""The life of user topics, in memory."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase, UserTopicState


class MemoryUserTopics:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def open(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        return await self._wire.ask("user_topics.open", lambda: self._open(users, lease_seconds))

    def _open(self, users: Iterable[str], lease_seconds: float) -> dict[str, int]:
        until = self._until(lease_seconds)
        return {user: self._activate(user, until) for user in users if self._may_have_one(user)}

    def _may_have_one(self, user: str) -> bool:
        account = self._database.accounts.get(user)
        return account is not None and not account.erased

    def _activate(self, user: str, until: datetime) -> int:
        topic = self._database.user_topics.setdefault(user, UserTopicState(1, until))
        topic.leased_until = max(topic.leased_until, until)
        return topic.generation

    async def renew(self, users: Iterable[str], lease_seconds: float) -> None:
        await self._wire.ask("user_topics.renew", lambda: self._renew(users, lease_seconds))

    def _renew(self, users: Iterable[str], lease_seconds: float) -> None:
        until = self._until(lease_seconds)
        for user in self._known(users):
            self._activate(user, until)

    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask("user_topics.leased", lambda: self._leased(users))

    def _leased(self, users: Iterable[str]) -> frozenset[str]:
        now = self._database.now()
        return frozenset(user for user in self._known(users) if self._database.user_topics[user].leased_until > now)

    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        return await self._wire.ask("user_topics.generations", lambda: self._generations(users))

    def _generations(self, users: Iterable[str]) -> dict[str, int]:
        return {user: self._database.user_topics[user].generation for user in self._known(users)}

    def _known(self, users: Iterable[str]) -> list[str]:
        return [user for user in users if user in self._database.user_topics]

    def _until(self, lease_seconds: float) -> datetime:
        return self._database.now() + timedelta(seconds=lease_seconds)
