"""Sends what is due in the ledger by Web Push: so many at once, so many of them to one host, each until it is settled.

A notification is claimed under a lease before it is sent and settled after. A process that dies in between leaves it
to whoever finds the lease ended; it is sent again then, under the same `Topic`, by which the receiver collapses it.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import structlog

from bus.errors import BusError
from consumers.notifications.originals import DeadLetters
from consumers.notifications.pushing import Dropped, Later, Never, Outcome, Prepared, Pushing, Sent
from domain.notifying import Claim, Settled
from schemas import metrics
from store.errors import StoreError
from store.ports import NotificationLedger

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SenderConfig:
    at_once: int = 64
    per_host: int = 16
    """At once to one host: a slow one holds up only what goes there."""
    claimed: int = 32
    """Taken from the ledger at a time; of a host that has `per_host` in hand no more are taken."""
    in_hand: int = 512
    lease: timedelta = timedelta(seconds=45)
    """As long as what can be in hand for one host may take."""
    longest: timedelta = timedelta(seconds=12)
    """What one may take; it is not begun when its lease ends sooner."""
    poll_seconds: float = 1.0
    attempts: int = 5
    backoff_seconds: float = 5.0
    """Before the second attempt; four times as long before each further one."""
    max_age: timedelta = timedelta(hours=1)
    """From the event on; what could not be sent by then is news no more."""
    drain_seconds: float = 4.0
    """For what is being sent when the process has to stop."""


class PushSender:
    """Runs beside the handler that enters notifications, which it need not wait for nor hold up."""

    def __init__(
        self,
        ledger: NotificationLedger,
        pushing: Pushing,
        dead_letters: DeadLetters,
        now: Callable[[], datetime],
        random: Random,
        config: SenderConfig,
    ) -> None:
        self._ledger = ledger
        self._pushing = pushing
        self._dead_letters = dead_letters
        self._now = now
        self._random = random
        self._config = config
        self._work = asyncio.Event()
        self._in_hand: Counter[str] = Counter()
        """By host."""
        self._sending: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(config.at_once)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(config.per_host))
        self._leaving = False

    def look(self) -> None:
        """There may be something to send now."""
        self._work.set()

    async def run(self) -> None:
        """Send until cancelled; then let what is being sent be settled, for a moment."""
        async with asyncio.TaskGroup() as tasks:
            try:
                failures = 0
                while True:
                    failures = await self._round(tasks, failures)
            finally:
                self._leaving = True
                if self._sending:
                    await asyncio.wait(self._sending, timeout=self._config.drain_seconds)

    async def _round(self, tasks: asyncio.TaskGroup, failures: int) -> int:
        """Returns how many rounds in a row have failed."""
        self._work.clear()
        try:
            taken = await self._take(tasks)
        except StoreError as error:
            log.warning("notifications_delayed", error=repr(error))
            await asyncio.sleep(self._random.uniform(0.5, 1.0) * min(10.0, 0.2 * 2 ** min(failures, 8)))
            return failures + 1
        if not taken:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.poll_seconds):
                    await self._work.wait()
        return 0

    async def _take(self, tasks: asyncio.TaskGroup) -> int:
        room = self._config.in_hand - self._in_hand.total()
        if room <= 0:
            return 0
        now = self._now()
        until = now + self._config.lease
        full = [host for host, count in self._in_hand.items() if count >= self._config.per_host]
        limit = min(room, self._config.claimed)
        claims = await self._ledger.claim(secrets.token_hex(8), now, until, limit, full)
        stale = [claim for claim in claims if now - claim.notification.at > self._config.max_age]
        if stale:
            metrics.NOTIFICATIONS_STALE.inc(len(stale))
            await self._ledger.settle([claim.notification.id for claim in stale], Settled.DROPPED)
        fresh = [claim for claim in claims if claim not in stale]
        for prepared in await self._pushing.prepare(fresh) if fresh else ():
            self._begin(tasks, prepared, until)
        return len(claims)

    def _begin(self, tasks: asyncio.TaskGroup, prepared: Prepared, until: datetime) -> None:
        host = prepared.claim.notification.host
        self._in_hand[host] += 1
        task = tasks.create_task(self._see_to(prepared, until), name="push")
        self._sending.add(task)
        task.add_done_callback(lambda done: self._end(done, host))

    def _end(self, task: "asyncio.Task[None]", host: str) -> None:
        self._sending.discard(task)
        self._in_hand[host] -= 1
        if not self._in_hand[host]:
            del self._in_hand[host]
            self._hosts.pop(host, None)
        self._work.set()

    async def _see_to(self, prepared: Prepared, until: datetime) -> None:
        """What the store or Kafka does not take now is free again when the lease ends."""
        claim = prepared.claim
        try:
            async with self._hosts[claim.notification.host], self._slots:
                if self._leaving or self._now() + self._config.longest > until:
                    await self._ledger.retry(claim, self._now())
                    return
                outcome = await self._pushing.send(prepared)
                await self._insist(lambda: self._settle(claim, outcome), until)
        except (StoreError, BusError) as error:
            log.warning("notification_not_settled", error=repr(error))

    async def _insist(self, step: Callable[[], Awaitable[None]], until: datetime) -> None:
        """Do it until it is done, or the lease ends: what was sent and is not settled by then is sent again."""
        wait = 0.1
        while True:
            try:
                return await step()
            except (StoreError, BusError):
                if self._now() + timedelta(seconds=wait) >= until:
                    raise
                await asyncio.sleep(wait * self._random.uniform(0.5, 1.0))
                wait = min(2 * wait, 5.0)

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        match outcome:
            case Sent():
                delay = self._now() - claim.notification.at
                metrics.NOTIFICATION_SECONDS.observe(delay.total_seconds())
                await self._over(claim, Settled.SENT)
            case Dropped():
                await self._over(claim, Settled.DROPPED)
            case Never(code):
                await self._give_up(claim, code)
            case Later(code, after):
                await self._again(claim, code, after)

    async def _again(self, claim: Claim, code: str, after: float | None) -> None:
        longest = self._config.backoff_seconds * 4.0 ** (claim.attempts - 1)
        wait = max(after or 0.0, longest * self._random.uniform(0.5, 1.0))
        at = self._now() + timedelta(seconds=wait)
        if claim.attempts >= self._config.attempts or at - claim.notification.at > self._config.max_age:
            await self._give_up(claim, code)
        else:
            metrics.NOTIFICATIONS.labels("push", "retried").inc()
            await self._ledger.retry(claim, at)

    async def _give_up(self, claim: Claim, code: str) -> None:
        await self._dead_letters.put(claim.notification.origin, code, claim.attempts)
        await self._over(claim, Settled.FAILED)

    async def _over(self, claim: Claim, settled: Settled) -> None:
        await self._ledger.settle([claim.notification.id], settled)
        metrics.NOTIFICATIONS.labels("push", settled.value).inc()
