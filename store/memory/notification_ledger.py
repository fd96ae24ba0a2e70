"""Every notification, once, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.notifying import Channel, Claim, Notification, Settled
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import LedgerEntry, MemoryDatabase


class MemoryNotificationLedger:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def enter(self, notifications: Sequence[Notification], *, again: bool = False) -> None:
        await self._wire.ask("notification_ledger.enter", lambda: self._enter(notifications, again))

    def _enter(self, notifications: Iterable[Notification], again: bool) -> None:
        for one in notifications:
            known = self._database.ledger.get(one.id)
            if known is None or (again and known.state == Settled.FAILED):
                kept = replace(one, at=from_millis(to_millis(one.at)))
                self._database.ledger[one.id] = LedgerEntry(kept, due_at=self._database.now())

    async def claim(
        self, holder: str, now: datetime, until: datetime, limit: int, except_hosts: Iterable[str] = ()
    ) -> Sequence[Claim]:
        avoided = frozenset(except_hosts)
        return await self._wire.ask(
            "notification_ledger.claim", lambda: self._claim(holder, now, until, limit, avoided)
        )

    def _claim(
        self, holder: str, now: datetime, until: datetime, limit: int, avoided: frozenset[str]
    ) -> Sequence[Claim]:
        due = [
            (entry.due_at, entry)
            for entry in self._database.ledger.values()
            if entry.notification.channel is Channel.PUSH
            and entry.due_at is not None
            and entry.due_at <= now
            and entry.notification.host not in avoided
        ]
        taken = [entry for _, entry in sorted(due, key=lambda pair: pair[0])[:limit]]
        for entry in taken:
            entry.state, entry.holder, entry.due_at = "sending", holder, until
            entry.attempts += 1
        return [Claim(entry.notification, holder, entry.attempts) for entry in taken]

    async def settle(self, notifications: Iterable[str], settled: Settled) -> None:
        ids = tuple(notifications)
        await self._wire.ask("notification_ledger.settle", lambda: self._settle(ids, settled))

    def _settle(self, ids: Iterable[str], settled: Settled) -> None:
        for one in ids:
            entry = self._database.ledger.get(one)
            if entry is not None and entry.state != Settled.SENT:
                entry.state, entry.due_at, entry.holder = settled, None, None

    async def retry(self, claim: Claim, at: datetime) -> None:
        await self._wire.ask("notification_ledger.retry", lambda: self._retry(claim, at))

    def _retry(self, claim: Claim, at: datetime) -> None:
        entry = self._database.ledger.get(claim.notification.id)
        if entry is not None and entry.holder == claim.holder:
            entry.state, entry.due_at, entry.holder = "waiting", from_millis(to_millis(at)), None

    async def mail(self, user: str, limit: int) -> Sequence[Notification]:
        return await self._wire.ask("notification_ledger.mail", lambda: self._mail(user)[:limit])

    def _mail(self, user: str) -> Sequence[Notification]:
        waiting = [entry.notification for entry in self._database.ledger.values() if entry.state == "waiting"]
        return sorted(
            (one for one in waiting if (one.user, one.channel) == (user, Channel.EMAIL)), key=lambda one: one.at
        )

    async def remove_user(self, user: str) -> None:
        await self._wire.ask("notification_ledger.remove_user", lambda: self._remove_user(user))

    def _remove_user(self, user: str) -> None:
        kept = self._database.ledger
        self._database.ledger = {key: entry for key, entry in kept.items() if entry.notification.user != user}
