"""Reports on users that no edge makes: of those who lost their sockets with an edge, and of those in doubt."""

import asyncio
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import Outgoing, Producer
from schemas import metrics, presence
from schemas.headers import headers
from schemas.presence import PresenceReport, Sign
from schemas.topics import PRESENCE
from store.errors import StoreError
from store.ports import Presences

log = structlog.get_logger(__name__)

_HEADERS = headers(schema=f"{presence.SCHEMA_NAME}/{presence.SCHEMA_VERSION}")


@dataclass(frozen=True, slots=True)
class ReconcilerConfig:
    every_seconds: float = 30.0
    retry_seconds: float = 0.5


class Reporter:
    """Puts reports into `presence`, where the one who decides about a user reads them in order."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def say(self, sign: Sign, users: Iterable[str]) -> None:
        """Raises Unavailable or UnknownOutcome; saying it again does no harm."""
        await self._send(PresenceReport(type=sign, user=user) for user in sorted(users))

    async def say_away(self, since: Iterable[tuple[str, datetime]]) -> None:
        """These had no socket since then, and had time to come back."""
        await self._send(PresenceReport(type=Sign.AWAY, user=user, since=at) for user, at in since)

    async def say_met(self, others: Mapping[str, AbstractSet[str]]) -> None:
        """Each shares a conversation with these now."""
        await self._send(PresenceReport(type=Sign.MET, user=user, to=tuple(sorted(to))) for user, to in others.items())

    async def _send(self, reports: Iterable[PresenceReport]) -> None:
        await asyncio.gather(*[await self._producer.enqueue(_record(report)) for report in reports])


class Reconciler:
    """Compares everybody's sockets with what is told of him: at its start, every half minute, and when an edge died.

    What reports leave out is found so: an edge that died between closing a socket and saying so, one whose reports
    had no room, a keeper that died between removing sockets and telling of it.
    """

    def __init__(self, presences: Presences, reporter: Reporter, random: Random, config: ReconcilerConfig) -> None:
        self._presences = presences
        self._reporter = reporter
        self._random = random
        self._config = config
        self._bereft: set[str] = set()
        self._news = asyncio.Event()

    def lost(self, users: Iterable[str]) -> None:
        """The sockets of these on dead edges were removed."""
        self._bereft.update(users)
        if self._bereft:
            self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            pause = self._config.every_seconds
            try:
                await self.reconcile()
            except (BusError, StoreError) as error:
                log.warning("presence_not_compared", error=repr(error))
                pause = self._config.retry_seconds
            await self._wait(pause * self._random.uniform(0.8, 1.2))

    async def reconcile(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next makes up for it."""
        bereft = frozenset(self._bereft)
        await self._reporter.say(Sign.LOST, bereft)
        self._bereft -= bereft
        doubtful = await self._presences.doubtful() - bereft
        metrics.PRESENCE_DOUBTS.inc(len(doubtful))
        await self._reporter.say(Sign.DOUBT, doubtful)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return


def _record(report: PresenceReport) -> Outgoing:
    return Outgoing(PRESENCE, report.model_dump_json().encode(), key=report.user.encode(), headers=_HEADERS)
