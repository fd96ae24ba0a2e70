"""Edges that stopped renewing their leases: their sessions are ended, their topics removed later."""

import asyncio
from collections.abc import Callable, Iterable
from random import Random

import structlog

from bus.ports import Admin
from consumers.session_expiry.rounds import every
from domain.leases import LeaseWatch
from schemas import metrics
from schemas.topics import EDGE_TOPIC_PREFIX
from store.errors import StoreError
from store.ports import Edges, Sessions

log = structlog.get_logger(__name__)

WATCH_SECONDS = 1.0
SWEEP_SECONDS = 60.0
KEEP_TOPIC_SECONDS = 600.0
"""How long the topic of an ended edge stays: what is on its way to it must not meet a topic that is gone."""


class LeaseKeeper:
    """Ends the sessions of dead edges. Any number of keepers may run at once: each step is safe to repeat."""

    def __init__(self, edges: Edges, sessions: Sessions, lost: Callable[[Iterable[str]], None], random: Random) -> None:
        """`lost` hears of the users whose sessions were removed."""
        self._edges = edges
        self._sessions = sessions
        self._lost = lost
        self._random = random
        self._watch = LeaseWatch()

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            try:
                await self.watch(clock())
            except StoreError as error:
                log.warning("leases_unreadable", error=repr(error))
            await asyncio.sleep(WATCH_SECONDS * self._random.uniform(0.8, 1.2))

    async def watch(self, now: float) -> frozenset[str]:
        """Take one reading (`now` in seconds, monotonic); returns the incarnations it ended.

        An incarnation is ended first and loses its sessions then, so that an edge that was only slow learns at its
        next renewal that it has to register them anew.
        """
        leases = await self._edges.leases()
        metrics.LEASES.set(len(leases))
        expired = self._watch.observe(now, leases)
        if expired:
            await self._edges.end(expired)
            metrics.LEASES_EXPIRED.inc(len(expired))
            log.warning("leases_expired", incarnations=sorted(expired))
        # Of all that ended: an edge that was only paused may have registered one since.
        self._lost(await self._sessions.remove_incarnations(await self._edges.ended(0.0)))
        return expired


class EdgeTopicSweeper:
    """Deletes the topics of edges that ended ten minutes ago, and edge topics that nobody claims."""

    def __init__(self, edges: Edges, sessions: Sessions, admin: Admin, random: Random) -> None:
        self._edges = edges
        self._sessions = sessions
        self._admin = admin
        self._random = random
        self._unclaimed_since: dict[str, float] = {}

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        await every(SWEEP_SECONDS, lambda: self.sweep(clock()), self._random, failed="edge_topic_sweep_failed")

    async def sweep(self, now: float) -> None:
        """One round (`now` in seconds, monotonic). Raises Unavailable or StoreUnavailable; the next makes up for it."""
        over = await self._edges.ended(KEEP_TOPIC_SECONDS)
        await self._sessions.remove_incarnations(over)
        await self._admin.delete(over.values())
        await self._edges.forget(over)
        await self._delete_unclaimed(now)

    async def _delete_unclaimed(self, now: float) -> None:
        """Topics of processes that died between making their topic and saying so."""
        claimed = await self._edges.topics()
        unclaimed = (await self._admin.topics(EDGE_TOPIC_PREFIX)).keys() - claimed
        self._unclaimed_since = {topic: self._unclaimed_since.get(topic, now) for topic in unclaimed}
        strays = [topic for topic, since in self._unclaimed_since.items() if now - since >= KEEP_TOPIC_SECONDS]
        await self._admin.delete(strays)
        metrics.STRAY_TOPICS_DELETED.inc(len(strays))
