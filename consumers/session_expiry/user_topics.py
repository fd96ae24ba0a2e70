"""User topics that hold commands nobody reads, or that nobody claims."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from random import Random

from bus.announcements import announcement
from bus.ports import Admin, Producer
from consumers.session_expiry.lag import lagging
from consumers.session_expiry.rounds import every
from schemas import metrics
from schemas.topics import USER_TOPIC_PREFIX, parse_user_topic
from schemas.user_topics import UserTopic
from store.ports import RouterPositions, UserTopics

SWEEP_SECONDS = 300.0


class UserTopicSweeper:
    """Compares what stands in the user topics with what has been forwarded.

    What lags is announced again: an edge that was stopped for hours may still have produced, and one that died
    between making a topic and announcing it left it unknown. A topic of a generation that is over is deleted once
    all of it has been forwarded.
    """

    def __init__(
        self,
        user_topics: UserTopics,
        positions: RouterPositions,
        admin: Admin,
        producer: Producer,
        random: Random,
    ) -> None:
        self._user_topics = user_topics
        self._positions = positions
        self._admin = admin
        self._producer = producer
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="user_topic_sweep_failed")

    async def sweep(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next makes up for it."""
        found = {name: parse_user_topic(name) for name in await self._admin.topics(USER_TOPIC_PREFIX)}
        behind = await lagging(found, self._admin, self._positions)
        # Read after the topics were listed: a topic is claimed before it is made, so one that is not, is over.
        claimed = await self._claimed({user for user, _ in found.values()})
        for topic in behind:
            await self._announce(topic, *found[topic])
        strays = [topic for topic, (user, n) in found.items() if topic not in behind and claimed.get(user) != n]
        await self._admin.delete(strays)
        await self._positions.delete(strays)
        metrics.TOPICS_ANNOUNCED_AGAIN.inc(len(behind))
        metrics.STRAY_TOPICS_DELETED.inc(len(strays))

    async def _claimed(self, users: AbstractSet[str]) -> Mapping[str, int]:
        """The generation in use of each user's topic, or the one that is about to be over."""
        active = await self._user_topics.generations(users)
        return {**active, **await self._user_topics.retiring(users - active.keys(), len(users))}

    async def _announce(self, topic: str, user: str, generation: int) -> None:
        said = UserTopic(user=user, topic=topic, generation=generation, state="active")
        await self._producer.send(announcement(said))
