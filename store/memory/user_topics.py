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
        topic = self._database.user_topics.get(user)
        return account is not None and not account.erased and (topic is None or topic.state != "gone")

    def _activate(self, user: str, until: datetime) -> int:
        topic = self._database.user_topics.setdefault(user, UserTopicState(1, until))
        if topic.state != "active":
            topic.state, topic.generation = "active", topic.generation + 1
        topic.leased_until = max(topic.leased_until, until)
        return topic.generation

    async def renew(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        return await self._wire.ask("user_topics.renew", lambda: self._renew(users, lease_seconds))

    def _renew(self, users: Iterable[str], lease_seconds: float) -> dict[str, int]:
        until = self._until(lease_seconds)
        return {user: self._activate(user, until) for user in self._active(users)}

    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask("user_topics.leased", lambda: self._leased(users))

    def _leased(self, users: Iterable[str]) -> frozenset[str]:
        now = self._database.now()
        return frozenset(user for user in self._active(users) if self._database.user_topics[user].leased_until > now)

    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        return await self._wire.ask("user_topics.generations", lambda: self._generations(users))

    def _generations(self, users: Iterable[str]) -> dict[str, int]:
        return {user: self._database.user_topics[user].generation for user in self._active(users)}

    async def gone(self, users: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask(
            "user_topics.gone", lambda: frozenset(user for user in users if not self._may_have_one(user))
        )

    async def retire(self, idle_seconds: float, limit: int) -> None:
        await self._wire.ask("user_topics.retire", lambda: self._retire(idle_seconds, limit))

    def _retire(self, idle_seconds: float, limit: int) -> None:
        latest = self._until(-idle_seconds)
        active = [topic for topic in self._database.user_topics.values() if topic.state == "active"]
        for topic in [topic for topic in active if topic.leased_until <= latest][:limit]:
            topic.state = "retiring"

    async def retiring(self, users: Iterable[str] | None, limit: int) -> Mapping[str, int]:
        return await self._wire.ask("user_topics.retiring", lambda: self._retiring(users, limit))

    def _retiring(self, users: Iterable[str] | None, limit: int) -> dict[str, int]:
        topics = self._database.user_topics
        asked = topics if users is None else [user for user in users if user in topics]
        found = {user: topics[user].generation for user in asked if topics[user].state == "retiring"}
        return dict(list(found.items())[:limit])

    async def retired(self, generations: Mapping[str, int]) -> None:
        await self._wire.ask("user_topics.retired", lambda: self._retired(generations))

    def _retired(self, generations: Mapping[str, int]) -> None:
        for user, generation in self._retiring(generations, len(generations)).items():
            if generations[user] == generation:
                self._database.user_topics[user].state = "absent"

    def _active(self, users: Iterable[str]) -> list[str]:
        topics = self._database.user_topics
        return [user for user in users if user in topics and topics[user].state == "active"]

    def _until(self, lease_seconds: float) -> datetime:
        return self._database.now() + timedelta(seconds=lease_seconds)
