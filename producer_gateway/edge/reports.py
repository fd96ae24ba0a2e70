"""Word to `presence` that users' sockets have come or gone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import Outgoing, Producer
from schemas import metrics, presence
from schemas.headers import headers
from schemas.presence import PresenceReport, Sign
from schemas.topics import PRESENCE

log = structlog.get_logger(__name__)

_HEADERS = headers(schema=f"{presence.SCHEMA_NAME}/{presence.SCHEMA_VERSION}")


@dataclass(frozen=True, slots=True)
class ReportsConfig:
    capacity: int = 100_000
    """Beyond it the oldest are dropped: whoever compares sockets with what is told finds out."""
    at_once: int = 500
    retry_seconds: float = 0.2
    max_retry_seconds: float = 5.0


class Reports:
    """Says of each socket what became of it last, at least once, trying again until Kafka has it; nobody waits."""

    def __init__(self, producer: Producer, random: Random, config: ReportsConfig) -> None:
        self._producer = producer
        self._random = random
        self._config = config
        self._unsaid: dict[str, PresenceReport] = {}
        self._news = asyncio.Event()

    def opened(self, user: str, session: str) -> None:
        """The store knows the socket."""
        self._add(PresenceReport(type=Sign.OPENED, user=user, session=session), session)

    def closed(self, user: str, session: str) -> None:
        """The store has forgotten it."""
        self._add(PresenceReport(type=Sign.CLOSED, user=user, session=session), session)

    def _add(self, report: PresenceReport, session: str) -> None:
        self._unsaid.pop(session, None)
        self._unsaid[session] = report
        if len(self._unsaid) > self._config.capacity:
            del self._unsaid[next(iter(self._unsaid))]
            metrics.EDGE_REPORTS_DROPPED.inc()
        self._news.set()

    async def run(self) -> None:
        failures = 0
        while True:
            await self._news.wait()
            try:
                await self.flush()
                failures = 0
            except BusError as error:
                failures += 1
                log.warning("presence_not_reported", reports=len(self._unsaid), error=repr(error))
                await asyncio.sleep(self._backoff(failures))

    async def flush(self) -> None:
        """Say all there is to be said by now. Raises what a send may; what was not said stays to be."""
        while self._unsaid:
            reports = dict(list(self._unsaid.items())[: self._config.at_once])
            await self._say(tuple(reports.values()))
            for session, report in reports.items():
                if self._unsaid.get(session) is report:
                    del self._unsaid[session]
        self._news.clear()

    async def _say(self, reports: Sequence[PresenceReport]) -> None:
        acknowledgements = [await self._producer.enqueue(_record(report)) for report in reports]
        await asyncio.gather(*acknowledgements)

    def _backoff(self, failures: int) -> float:
        longest = min(self._config.retry_seconds * 2.0 ** min(failures, 16), self._config.max_retry_seconds)
        return longest * self._random.uniform(0.5, 1.0)


def _record(report: PresenceReport) -> Outgoing:
    return Outgoing(PRESENCE, report.model_dump_json().encode(), key=report.user.encode(), headers=_HEADERS)
