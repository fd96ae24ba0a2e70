"""When each user's next e-mail is due, in memory."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.notifying import Digest
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import Deadline, MemoryDatabase


class MemoryDigests:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def schedule(self, users: Iterable[str], at: datetime, every: timedelta) -> None:
        who = tuple(users)
        await self._wire.ask("digests.schedule", lambda: self._schedule(who, at, every))

    def _schedule(self, users: Iterable[str], at: datetime, every: timedelta) -> None:
        for user in users:
            digest = self._database.digests.setdefault(user, Deadline())
            digest.scheduled += 1
            if digest.due_at is None:
                digest.due_at = at if digest.last_at is None else max(at, digest.last_at + every)

    async def claim(self, now: datetime, until: datetime) -> Digest | None:
        return await self._wire.ask("digests.claim", lambda: self._claim(now, until))

    def _claim(self, now: datetime, until: datetime) -> Digest | None:
        due = [(digest.due_at, user) for user, digest in self._database.digests.items() if digest.due_at is not None]
        at, user = min(due, default=(None, ""))
        if at is None or at > now:
            return None
        digest = self._database.digests[user]
        digest.due_at = until
        digest.attempts += 1
        return Digest(user, digest.number, digest.scheduled, digest.attempts)

    async def postpone(self, digest: Digest, at: datetime) -> None:
        await self._wire.ask("digests.postpone", lambda: self._postpone(digest, at))

    def _postpone(self, digest: Digest, at: datetime) -> None:
        kept = self._database.digests.get(digest.user)
        if kept is not None and kept.number == digest.number and kept.due_at is not None:
            kept.due_at = at

    async def finish(self, digest: Digest, sent_at: datetime | None, again_at: datetime) -> None:
        await self._wire.ask("digests.finish", lambda: self._finish(digest, sent_at, again_at))

    def _finish(self, digest: Digest, sent_at: datetime | None, again_at: datetime) -> None:
        kept = self._database.digests.get(digest.user)
        if kept is None or kept.number != digest.number:
            return
        kept.due_at = None if kept.scheduled == digest.scheduled else again_at
        kept.attempts = 0
        if sent_at is not None:
            kept.number += 1
            kept.last_at = from_millis(to_millis(sent_at))

    async def remove_user(self, user: str) -> None:
        await self._wire.ask("digests.remove_user", lambda: self._database.digests.pop(user, None))
