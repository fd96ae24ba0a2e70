"""Sends each user who asked for it an e-mail about what stays unread, when its time has come.

A digest is taken under a lease; it is sent, then its notifications are settled, then it is finished. Whoever dies in
between leaves it to the next, who sends it under the same Message-ID, unless there is more to tell by then.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import structlog

from bus.errors import BusError
from consumers.notifications.facts import Facts, find_out, place_of
from consumers.notifications.mailer import Delayed, Mailer, Rejected
from consumers.notifications.mails import Letterhead, Unread, compose, message_id_of
from consumers.notifications.originals import DeadLetters
from consumers.notifications.pushes import name_of
from domain.identity import User
from domain.notifying import Digest, Notification, Settled
from schemas import metrics
from schemas.messages import ConversationKind, Message
from store.errors import StoreError
from store.ports import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DigesterConfig:
    at_once: int = 4
    poll_seconds: float = 5.0
    lease: timedelta = timedelta(minutes=3)
    """Longer than an SMTP server may take."""
    every: timedelta = timedelta(hours=6)
    """Between two of one user."""
    notifications: int = 1000
    """That one digest is about at most."""
    attempts: int = 8
    backoff: timedelta = timedelta(minutes=1)
    """Before the second attempt; doubles with each, up to `max_backoff`."""
    max_backoff: timedelta = timedelta(hours=1)


class Digester:
    def __init__(
        self,
        store: Store,
        mailer: Mailer,
        dead_letters: DeadLetters,
        head: Letterhead,
        now: Callable[[], datetime],
        random: Random,
        config: DigesterConfig,
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._dead_letters = dead_letters
        self._head = head
        self._now = now
        self._random = random
        self._config = config

    async def run(self) -> None:
        """Send what is due until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._config.at_once):
                tasks.create_task(self._work(), name="digests")

    async def _work(self) -> None:
        while True:
            try:
                busy = await self.send_next()
            except (StoreError, BusError) as error:
                log.warning("digests_delayed", error=repr(error))
                busy = False
            if not busy:
                await asyncio.sleep(self._config.poll_seconds * self._random.uniform(0.5, 1.0))

    async def send_next(self) -> bool:
        """See to the digest that has been due the longest; False when none is. Raises StoreError, BusError: it is due
        again when its lease ends."""
        now = self._now()
        digest = await self._store.digests.claim(now, now + self._config.lease)
        if digest is None:
            return False
        waiting = await self._store.notification_ledger.mail(digest.user, self._config.notifications)
        address = await self._address(digest.user)
        facts = await find_out(self._store, map(place_of, waiting), "read")
        wanted = facts.wanted(map(place_of, waiting)) if address else frozenset()
        told = [one for one in waiting if place_of(one) in wanted]
        await self._settle([one for one in waiting if one not in told], Settled.DROPPED)
        if told and address:
            await self._send(digest, address, told, facts)
        else:
            await self._finish(digest, None, "empty")
        return True

    async def _address(self, user: str) -> str | None:
        """Where he wants digests; None when he does not, or has no address."""
        preferences = (await self._store.users.preferences([user])).get(user)
        if preferences is None or not preferences.email_digest:
            return None
        found = (await self._store.users.get([user])).get(user)
        return None if found is None else found.email

    async def _send(self, digest: Digest, address: str, told: Sequence[Notification], facts: Facts) -> None:
        senders = await self._store.users.get({facts.messages[one.conversation, one.seq].sender for one in told})
        message_id = message_id_of((one.id for one in told), self._head.domain)
        try:
            mail = compose(address, message_id, list(_unread(told, facts, senders.values())), self._head)
            await self._mailer.send(mail, address)
        except ValueError:
            await self._give_up(digest, told, "mail_address")
        except Rejected as refused:
            await self._give_up(digest, told, str(refused))
        except Delayed as delayed:
            await self._again(digest, told, str(delayed))
        else:
            await self._settle(told, Settled.SENT)
            await self._finish(digest, self._now(), "sent")

    async def _again(self, digest: Digest, told: Sequence[Notification], reason: str) -> None:
        log.warning("digest_delayed", attempts=digest.attempts, reason=reason)
        if digest.attempts >= self._config.attempts:
            await self._give_up(digest, told, "mail_unanswered")
            return
        longest = min(self._config.max_backoff, self._config.backoff * 2 ** (digest.attempts - 1))
        await self._store.digests.postpone(digest, self._now() + longest * self._random.uniform(0.5, 1.0))
        metrics.DIGESTS.labels("retried").inc()

    async def _give_up(self, digest: Digest, told: Sequence[Notification], code: str) -> None:
        await self._dead_letters.put(told[-1].origin, code, digest.attempts)
        await self._settle(told, Settled.FAILED)
        await self._finish(digest, None, "failed")

    async def _settle(self, notifications: Sequence[Notification], settled: Settled) -> None:
        if notifications:
            await self._store.notification_ledger.settle([one.id for one in notifications], settled)
            metrics.NOTIFICATIONS.labels("email", settled.value).inc(len(notifications))

    async def _finish(self, digest: Digest, sent_at: datetime | None, outcome: str) -> None:
        await self._store.digests.finish(digest, sent_at, self._now() + self._config.every)
        metrics.DIGESTS.labels(outcome).inc()


def _unread(told: Sequence[Notification], facts: Facts, senders: Iterable[User]) -> Iterable[Unread]:
    """By conversation, the one with the newest message first."""
    users = {user.id: user for user in senders}
    by_conversation: dict[str, list[Notification]] = {}
    for one in sorted(told, key=lambda one: one.at, reverse=True):
        by_conversation.setdefault(one.conversation, []).append(one)
    for conversation, found in by_conversation.items():
        kept = facts.conversations[conversation]
        messages = [facts.messages[conversation, one.seq] for one in found]
        yield Unread(
            conversation=conversation,
            name=None if kept.kind is ConversationKind.DIRECT else kept.name or "A group",
            senders=_senders(messages, users),
            count=len(messages),
            mentioned=any(found[0].user in message.mentions for message in messages),
            newest=messages[0].text,
        )


def _senders(messages: Iterable[Message], users: dict[str, User]) -> tuple[str, ...]:
    """Those who wrote most first."""
    counted = Counter(message.sender for message in messages)
    return tuple(name_of(users.get(sender)) for sender, _ in counted.most_common(5))
