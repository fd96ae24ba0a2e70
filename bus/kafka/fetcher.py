"""Fetches from one broker, in one session, one request at a time."""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bus.errors import Unavailable
from bus.kafka.fetch_request import SESSION_EPOCH_INVALID, SESSION_UNKNOWN, SessionFetchRequest
from bus.kafka.fetch_session import Fetch, FetchSession
from bus.kafka.link import Link
from bus.ports import Partition
from schemas import metrics

log = structlog.get_logger(__name__)

_FIRST_RETRY_SECONDS = 0.05
_LONGEST_RETRY_SECONDS = 2.0
_FAREWELL_SECONDS = 1.0

_LONGEST_PARK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a session's requests follow each other, in seconds, and seconds for each of its partitions."""

    park: float
    park_each: float
    """How long a request waits at the broker for a record: a partition that is added meanwhile waits as long. To park
    one costs the broker some microseconds for each partition of the session (25 ms for 5,000)."""
    pause: float
    pause_each: float
    """Between two requests. The broker looks at each partition of the session at each, so the pause grows with them."""


EAGER = Rhythm(park=0.1, park_each=4e-5, pause=0.004, pause_each=3e-6)
SWEEPING = Rhythm(park=0.0, park_each=0.0, pause=0.1, pause_each=1e-4)
"""For sessions whose news come by an errand: a broker spends a twentieth of a core on such a sweep, however many
partitions there are."""
LEISURELY = Rhythm(park=0.1, park_each=0.0, pause=0.5, pause_each=0.0)


class Sink(Protocol):
    """Where fetched data goes."""

    async def wait_for_room(self) -> None: ...

    def fetched(self, session: FetchSession, partition: Partition, data: bytes) -> None: ...

    def failed(self, session: FetchSession, partition: Partition, error: int) -> None: ...

    def unreachable(self, session: FetchSession) -> None: ...


class Fetcher:
    """Fetches whatever its `session` wants, until cancelled."""

    def __init__(
        self, link: Link, node: int, lane: int, sink: Sink, chance: random.Random, rhythm: Rhythm = EAGER
    ) -> None:
        self.session = FetchSession()
        self._link = link
        self._node = node
        self._lane = lane
        self._sink = sink
        self._chance = chance
        self._rhythm = rhythm
        self._work = asyncio.Event()

    def wake(self) -> None:
        """The session wants something."""
        self._work.set()

    async def run(self) -> None:
        retry = _FIRST_RETRY_SECONDS
        while True:
            await self._wait_for_work()
            await self._sink.wait_for_room()
            try:
                self._read(await self._ask(self.session.plan(), self._park_seconds()))
            except Unavailable as failure:
                self._fail(failure)
                await asyncio.sleep(retry * self._chance.uniform(0.5, 1.0))
                retry = min(2 * retry, _LONGEST_RETRY_SECONDS)
            else:
                retry = _FIRST_RETRY_SECONDS
                await asyncio.sleep(self._rhythm.pause + len(self.session) * self._rhythm.pause_each)

    async def _wait_for_work(self) -> None:
        while not len(self.session):
            self._work.clear()
            await self.close()
            await self._work.wait()

    def _park_seconds(self) -> float:
        return min(self._rhythm.park + len(self.session) * self._rhythm.park_each, _LONGEST_PARK_SECONDS)

    async def _ask(self, fetch: Fetch, park: float) -> Any:
        return await self._link.ask(self._node, SessionFetchRequest(fetch, park), self._lane)

    def _fail(self, failure: Unavailable) -> None:
        log.warning("fetch_failed", node=self._node, error=str(failure))
        metrics.FETCH_SESSIONS_RESTARTED.labels("unreachable").inc()
        self.session.broken()
        self._sink.unreachable(self.session)

    def _read(self, answer: Any) -> None:
        """Raises Unavailable when the broker refuses for a reason of its own."""
        if answer.error_code == SESSION_UNKNOWN:
            metrics.FETCH_SESSIONS_RESTARTED.labels("evicted").inc()
            self.session.expired()
        elif answer.error_code == SESSION_EPOCH_INVALID:
            metrics.FETCH_SESSIONS_RESTARTED.labels("epoch").inc()
            self.session.broken()
        elif answer.error_code:
            raise Unavailable(f"broker {self._node}: error {answer.error_code}")
        else:
            self.session.accepted(answer.session_id)
            self._hand_over(answer.topics)

    def _hand_over(self, topics: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
        for topic, answers in topics:
            for number, error, *_, data in answers:
                partition = Partition(topic, number)
                if not self.session.is_current(partition):
                    continue
                if error:
                    self._sink.failed(self.session, partition, error)
                elif data:
                    self._sink.fetched(self.session, partition, data)

    async def close(self) -> None:
        """End the session at the broker, if that answers soon: it would take up room there for a while."""
        farewell = self.session.farewell()
        if farewell is None:
            return
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._ask(farewell, 0)
        except (TimeoutError, Unavailable) as failure:
            log.debug("fetch_session_left_open", node=self._node, error=repr(failure))
