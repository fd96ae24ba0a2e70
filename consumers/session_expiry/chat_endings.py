"""What is left of ephemeral chats that have ended, until nothing is."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bus.announcements import announcement, withdrawal
from bus.ports import Admin, Outgoing, Producer
from consumers.session_expiry.lag import lagging
from consumers.session_expiry.rounds import every
from consumers.session_expiry.telling import Telling
from schemas import metrics
from schemas.messages import ConversationKind
from schemas.topics import user_topic
from schemas.user_topics import UserTopic
from store.ports import Store

SWEEP_SECONDS = 10.0
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ChatDestroyerConfig:
    kept: timedelta = timedelta(minutes=1)
    """After its end, in which a command that comes again is told its outcome. Nothing of what is kept can be opened any
    more: the keys went with the end itself."""
    closed_seconds: float = 60.0
    """Whoever was opening a topic when it was closed has made it by then, or has given up."""


class ChatDestroyer:
    """Removes the topics of both, and all documents but a tombstone without content or names: it outlives the log, so
    that no replay brings anything back.

    Nothing goes before it has been told, however late the writer is: first both are told of the end; then their topics
    are closed, and what either had submitted is forwarded, decided (and refused), and told. Each step may be repeated,
    and the documents that say what is left to do go last.
    """

    def __init__(
        self,
        store: Store,
        admin: Admin,
        producer: Producer,
        now: Callable[[], datetime],
        random: Random,
        config: ChatDestroyerConfig,
    ) -> None:
        self._store = store
        self._admin = admin
        self._producer = producer
        self._now = now
        self._random = random
        self._config = config
        self._ends, self._last_words = Telling(admin), Telling(admin)
        self._closed_at: Mapping[str, float] = {}
        """When this process first found the topics of each chat closed, by the loop's clock."""

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="chats_not_destroyed")

    async def sweep(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next goes on where this one ended."""
        over = await self._store.endings.due(ConversationKind.EPHEMERAL, self._now() - self._config.kept, _AT_ONCE)
        told = await self._ends.over(over)
        topics = {conversation: await self._store.chats.close_topics(conversation) for conversation in sorted(told)}
        forwarded = await self._forwarded(self._closed(topics))
        ready = {one: topics[one] for one in sorted(await self._last_words.over(forwarded))}
        await self._remove({user: n for found in ready.values() for user, n in found.items()})
        for conversation in ready:
            await self._store.endings.destroy(conversation)
            metrics.CHATS_ENDED.inc()

    def _closed(self, topics: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
        """Those that have been closed for long enough."""
        now = asyncio.get_running_loop().time()
        self._closed_at = {one: self._closed_at.get(one, now) for one in topics}
        latest = now - self._config.closed_seconds
        return {one: found for one, found in topics.items() if self._closed_at[one] <= latest}

    async def _forwarded(self, topics: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
        """Those of whom nothing is left in the users' topics that routers have not read."""
        names = [name for generations in topics.values() for name in _names(generations)]
        behind = await lagging(names, self._admin, self._store.router_positions) if names else frozenset()
        return [one for one, found in topics.items() if behind.isdisjoint(_names(found))]

    async def _remove(self, generations: Mapping[str, int]) -> None:
        if not generations:
            return
        names = list(_names(generations))
        said = [
            announcement(UserTopic(user=user, topic=user_topic(user, n), generation=n, state="retired"))
            for user, n in generations.items()
        ]
        await self._send(said)
        await self._admin.delete(names)
        await self._store.router_positions.delete(names)
        await self._send(withdrawal(user) for user in generations)

    async def _send(self, records: Iterable[Outgoing]) -> None:
        await asyncio.gather(*[await self._producer.enqueue(record) for record in records])


def _names(generations: Mapping[str, int]) -> Iterable[str]:
    return [user_topic(user, generation) for user, generation in generations.items()]
