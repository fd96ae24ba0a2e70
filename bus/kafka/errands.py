"""Single fetches of a few partitions, beside a session that holds thousands (KIP-227: epoch -1, no session)."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from bus.errors import Unavailable
from bus.kafka.fetch_request import SessionFetchRequest
from bus.kafka.fetch_session import Fetch, FetchSession
from bus.kafka.fetcher import Sink
from bus.kafka.link import Link
from bus.ports import Partition
from schemas import metrics

_NO_SESSION = 0
_NO_EPOCH = -1
_MOST_PARTITIONS = 200
_TRIES = 3
"""Of a partition in which there turns out to be nothing new yet; then the session's next sweep finds it."""
_PAUSE_SECONDS = 0.003
_RETRY_SECONDS = 0.1

_Answers = Iterable[tuple[str, Iterable[tuple[Any, ...]]]]
"""By topic: number, error, end, …, data."""


class Errands:
    """Fetches what it is sent for, from the offsets that the session wants next, until cancelled.

    What it brings may be older than what the session has brought meanwhile, and the other way round: either is
    dropped when it does not begin where the session's offset is. Failures are left to the session.
    """

    def __init__(
        self, link: Link, node: int, lane: int, session: FetchSession, sink: Sink, chance: random.Random
    ) -> None:
        self._link = link
        self._node = node
        self._lane = lane
        self._session = session
        self._sink = sink
        self._chance = chance
        self._tries: dict[Partition, int] = {}
        self._work = asyncio.Event()

    def send(self, partitions: Iterable[Partition]) -> None:
        """There is news in these."""
        for partition in partitions:
            self._tries[partition] = _TRIES
        self._work.set()

    async def run(self) -> None:
        while True:
            await self._work.wait()
            await self._sink.wait_for_room()
            tries = self._take()
            asked = {p: offset for p in tries if (offset := self._session.wanted(p)) is not None}
            if not asked:
                continue
            try:
                answer = await self._link.ask(self._node, _request(asked), self._lane)
            except Unavailable:
                await asyncio.sleep(_RETRY_SECONDS * self._chance.uniform(0.5, 1.0))
                continue
            metrics.FETCH_ERRANDS.inc()
            self._hand_over(asked, answer.topics)
            self._try_again((p, tries[p] - 1) for p, offset in asked.items() if self._session.wanted(p) == offset)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _take(self) -> Mapping[Partition, int]:
        taken = {partition: self._tries.pop(partition) for partition in tuple(islice(self._tries, _MOST_PARTITIONS))}
        if not self._tries:
            self._work.clear()
        return taken

    def _try_again(self, tries: Iterable[tuple[Partition, int]]) -> None:
        for partition, left in tries:
            if left:
                self._tries.setdefault(partition, left)
                self._work.set()

    def _hand_over(self, asked: Mapping[Partition, int], topics: _Answers) -> None:
        for topic, answers in topics:
            for number, error, end, *_, data in answers:
                partition = Partition(topic, number)
                if error or not data or self._session.wanted(partition) != asked.get(partition):
                    continue
                self._sink.fetched(self._session, partition, data)
                if (self._session.wanted(partition) or end) < end:
                    self.send([partition])  # there was no room for all of it


def _request(offsets: Mapping[Partition, int]) -> SessionFetchRequest:
    return SessionFetchRequest(Fetch(_NO_SESSION, _NO_EPOCH, offsets, ()), max_wait=0)
