"""Closed sockets, until the store has forgotten them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import structlog

from schemas import metrics
from store.errors import StoreError
from store.ports import Sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeparturesConfig:
    capacity: int = 100_000
    """Beyond it the oldest are dropped: what is delivered to them yet brings them back here."""
    at_once: int = 500
    gather_seconds: float = 0.05
    retry_seconds: float = 0.2
    max_retry_seconds: float = 5.0


class Departures:
    """Removes sessions from the store, many at a time, trying again until that is done."""

    def __init__(
        self, sessions: Sessions, removed: Callable[[str, str], None], random: Random, config: DeparturesConfig
    ) -> None:
        """`removed` hears of each user's session that the store has forgotten."""
        self._sessions = sessions
        self._removed = removed
        self._random = random
        self._config = config
        self._left: dict[str, str] = {}
        """Session → its user, empty where he is not known."""
        self._news = asyncio.Event()

    def add(self, session: str, user: str = "") -> None:
        self._left[session] = user or self._left.get(session, "")
        if len(self._left) > self._config.capacity:
            del self._left[next(iter(self._left))]
        metrics.EDGE_DEPARTURES.set(len(self._left))
        self._news.set()

    async def run(self) -> None:
        failures = 0
        while True:
            await self._news.wait()
            await asyncio.sleep(self._config.gather_seconds)
            try:
                await self.flush()
                failures = 0
            except StoreError as error:
                failures += 1
                log.warning("departures_not_stored", sessions=len(self._left), error=repr(error))
                await asyncio.sleep(self._backoff(failures))

    async def flush(self) -> None:
        """Remove all that have left by now. Raises StoreUnavailable; what is not removed stays to be."""
        while self._left:
            sessions = tuple(self._left)[: self._config.at_once]
            await self._sessions.remove(sessions)
            for session in sessions:
                if user := self._left.pop(session, ""):
                    self._removed(user, session)
            metrics.EDGE_DEPARTURES.set(len(self._left))
        self._news.clear()

    def _backoff(self, failures: int) -> float:
        longest = min(self._config.retry_seconds * 2.0 ** min(failures, 16), self._config.max_retry_seconds)
        return longest * self._random.uniform(0.5, 1.0)
