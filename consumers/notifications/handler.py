"""From ripe events to notifications in the ledger: who is told, by which ways. Sending them is not for here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bus.ports import Partition, Record
from consumers.notifications.facts import Place, find_out
from consumers.notifications.records import Stored, read
from domain.notifying import Channel, Notification
from domain.push import PushSubscription
from domain.receipts import MemberCursor, Reader
from schemas import metrics
from store.ports import Store


@dataclass(frozen=True, slots=True)
class HandlerConfig:
    max_age: timedelta = timedelta(hours=1)
    """Events older than this when they are handled are news no more."""
    mail: bool = False
    """Whether there is a server to send e-mail by."""
    digest_after: timedelta = timedelta(minutes=30)
    """From the first unread message to the e-mail about it."""
    digest_every: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Ways:
    """How each user is told."""

    subscriptions: Mapping[str, Sequence[PushSubscription]]
    mailed: frozenset[str]

    def notifications(self, event: Stored, told: frozenset[Place]) -> Iterator[Notification]:
        for place in event.places:
            if place in told:
                for one in self.subscriptions.get(place.user, ()):
                    yield _made(event, place, Channel.PUSH, one.id, urlsplit(one.endpoint).hostname or "")
                if place.user in self.mailed:
                    yield _made(event, place, Channel.EMAIL, "", "")


class NotificationHandler:
    """Enters each notification in the ledger at least once; the ledger makes it once. Nothing is remembered here."""

    def __init__(self, store: Store, entered: Callable[[], None], now: Callable[[], datetime], config: HandlerConfig):
        """`entered` is called when there may be something to send."""
        self._store = store
        self._entered = entered
        self._now = now
        self._config = config

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises StoreUnavailable or Conflict when the batch has to come again, Refused or ValueError for a record
        that can never be handled."""
        events = self._fresh(event for record in records if (event := read(record)) is not None)
        told = await self._told(events)
        if not told:
            return
        ways = await self._ways(told)
        for put_back in (False, True):
            await self._enter([event for event in events if event.redriven is put_back], told, ways, again=put_back)
        if mailed := ways.mailed & {place.user for place in told}:
            after = self._now() + self._config.digest_after
            await self._store.digests.schedule(mailed, after, self._config.digest_every)
        self._entered()

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Nothing is left to do for it."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered of them."""

    def _fresh(self, events: Iterable[Stored]) -> list[Stored]:
        found = tuple(events)
        fresh = [event for event in found if self._now() - event.at <= self._config.max_age]
        metrics.NOTIFICATIONS_STALE.inc(len(found) - len(fresh))
        return fresh

    async def _told(self, events: Iterable[Stored]) -> frozenset[Place]:
        """Most have received the message by now: they cost one question for all, and only the others the rest."""
        places = {place for event in events for place in event.places}
        cursors = await self._store.receipts.cursors({Reader(place.conversation, place.user) for place in places})
        missed = {place for place in places if _delivered(cursors, place) < place.seq}
        if not missed:
            return frozenset()
        return (await find_out(self._store, missed, "delivered")).wanted(missed)

    async def _ways(self, told: Iterable[Place]) -> _Ways:
        users = {place.user for place in told}
        subscriptions = await self._store.push_subscriptions.of(users)
        return _Ways(subscriptions, await self._mailed(users) if self._config.mail else frozenset())

    async def _mailed(self, users: Iterable[str]) -> frozenset[str]:
        """Those who asked for e-mail and gave an address."""
        preferences = await self._store.users.preferences(users)
        asked = [user for user, wanted in preferences.items() if wanted.email_digest]
        return frozenset(user for user, found in (await self._store.users.get(asked)).items() if found.email)

    async def _enter(self, events: Iterable[Stored], told: frozenset[Place], ways: _Ways, *, again: bool) -> None:
        made = [one for event in events for one in ways.notifications(event, told)]
        if made:
            await self._store.notification_ledger.enter(made, again=again)


def _delivered(cursors: Mapping[Reader, MemberCursor], place: Place) -> int:
    return cursors.get(Reader(place.conversation, place.user), MemberCursor()).delivered


def _made(event: Stored, place: Place, channel: Channel, subscription: str, host: str) -> Notification:
    return Notification(*place, channel, subscription, host, event.at, event.origin)
