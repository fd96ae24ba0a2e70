"""Hints to the routers: which user topics they will find something new in."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from random import Random

import orjson

from bus.errors import BusError
from bus.ports import Outgoing, Position, Producer
from schemas import metrics, user_activity
from schemas.headers import SCHEMA, headers
from schemas.topics import USER_ACTIVITY

_HEADERS = headers(**{SCHEMA: f"{user_activity.SCHEMA_NAME}/{user_activity.SCHEMA_VERSION}"})
_MOST_TOPICS = 500
"""In one hint."""


class UserActivityHints:
    """Sends the hints for all commands of a moment in one record, right behind them, so that they leave together.

    A hint that is lost costs time only: the routers look at every topic now and then.
    """

    def __init__(self, producer: Producer, random: Random) -> None:
        self._producer = producer
        self._key = f"{random.getrandbits(32):08x}".encode()
        """One process, one partition: each of its requests carries one hint, not one for each partition."""
        self._topics: dict[str, None] = {}
        self._news = asyncio.Event()

    def add(self, topic: str) -> None:
        """A command was handed to the producer for this user topic."""
        self._topics[topic] = None
        self._news.set()

    async def run(self) -> None:
        """Send hints until cancelled."""
        while True:
            await self._news.wait()
            topics = self._take()
            try:
                acknowledgement = await self._producer.enqueue(_hint(topics, self._key))
            except BusError:
                metrics.USER_ACTIVITY_HINTS_LOST.inc()
            else:
                asyncio.ensure_future(acknowledgement).add_done_callback(_count_lost)

    def _take(self) -> Sequence[str]:
        topics = tuple(islice(self._topics, _MOST_TOPICS))
        for topic in topics:
            del self._topics[topic]
        if not self._topics:
            self._news.clear()
        return topics


def _hint(topics: Sequence[str], key: bytes) -> Outgoing:
    return Outgoing(USER_ACTIVITY, orjson.dumps({"topics": topics}), key=key, headers=_HEADERS)


def _count_lost(acknowledgement: "asyncio.Future[Position]") -> None:
    if acknowledgement.cancelled() or acknowledgement.exception() is not None:
        metrics.USER_ACTIVITY_HINTS_LOST.inc()
