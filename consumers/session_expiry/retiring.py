"""Topics of users who have long been away: removed, to be made anew when they return."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from bus.announcements import announcement
from bus.ports import Admin, Producer
from consumers.session_expiry.lag import lagging
from consumers.session_expiry.rounds import every
from schemas import metrics
from schemas.topics import USER_TOPIC_RETENTION_DAYS, user_topic
from schemas.user_topics import UserTopic
from store.ports import RouterPositions, UserTopics


@dataclass(frozen=True, slots=True)
class RetirerConfig:
    idle_seconds: float = USER_TOPIC_RETENTION_DAYS * 24 * 60 * 60.0
    """Since the end of the last lease; by then retention has emptied the topic."""
    every_seconds: float = 300.0
    at_once: int = 500


class TopicRetirer:
    """active (n) → retiring → absent, in steps that are each safe to repeat: whoever dies between two is followed by
    another that begins with the first.

    A topic becomes retiring on condition that nobody has a lease on it and nobody had for days; from then on nobody is
    given its name, and a user who returns gets a topic of the next generation. It is deleted when everything in it has
    been forwarded, and then absent, on condition that its user has not returned.
    """

    def __init__(
        self,
        user_topics: UserTopics,
        positions: RouterPositions,
        admin: Admin,
        producer: Producer,
        random: Random,
        config: RetirerConfig,
    ) -> None:
        self._user_topics = user_topics
        self._positions = positions
        self._admin = admin
        self._producer = producer
        self._random = random
        self._config = config

    async def run(self) -> None:
        await every(self._config.every_seconds, self.sweep, self._random, failed="user_topics_not_retired")

    async def sweep(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next goes on where this one ended."""
        await self._user_topics.retire(self._config.idle_seconds, self._config.at_once)
        retiring = await self._user_topics.retiring(None, self._config.at_once)
        if not retiring:
            return
        names = {user_topic(user, generation): user for user, generation in retiring.items()}
        # Asked after they were retiring: whoever still had the name has used it by now, or finds the topic gone.
        behind = await lagging(names, self._admin, self._positions)
        over = {user: retiring[user] for topic, user in names.items() if topic not in behind}
        await self._announce(over, "retired")
        topics = [user_topic(user, generation) for user, generation in over.items()]
        await self._admin.delete(topics)
        await self._positions.delete(topics)
        await self._user_topics.retired(over)
        metrics.USER_TOPICS_RETIRED.inc(len(over))
        # The announcement of a user's new topic must not be compacted away by that of his old one.
        await self._announce(await self._user_topics.generations(over), "active")

    async def _announce(self, generations: Mapping[str, int], state: Literal["active", "retired"]) -> None:
        said = [
            UserTopic(user=user, topic=user_topic(user, generation), generation=generation, state=state)
            for user, generation in generations.items()
        ]
        await asyncio.gather(*[await self._producer.enqueue(announcement(one)) for one in said])
