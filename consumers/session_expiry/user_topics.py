"""User topics that hold commands nobody reads, or that nobody claims, and what is left of those that are no more."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from random import Random
from typing import Literal

from bus.announcements import announcement, withdrawal
from bus.ports import Admin, Producer
from consumers.session_expiry.lag import lagging
from consumers.session_expiry.rounds import every
from schemas import metrics
from schemas.topics import USER_TOPIC_PREFIX, is_user_topic, parse_user_topic
from schemas.user_topics import UserTopic
from store.ports import RouterPositions, UserTopics

SWEEP_SECONDS = 300.0


class UserTopicSweeper:
    """Compares what stands in the user topics with what has been forwarded.

    What lags is announced again: an edge that was stopped for hours may still have produced, and one that died
    between making a topic and announcing it left it unknown. A topic of a generation that is over is deleted once
    all of it has been forwarded; of a user who is gone for ever, by an edge that was slow, nothing is said any more.
    A position that a router saved when its topic had been deleted goes too.
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
        # Read before the topics are listed: what has been read of a topic was there by then.
        kept = await self._positions.topics()
        found = {name: parse_user_topic(name) for name in await self._admin.topics(USER_TOPIC_PREFIX)}
        behind = await lagging(found, self._admin, self._positions)
        # Read after the topics were listed: a topic is claimed before it is made, so one that is not, is over.
        claimed = await self._claimed({user for user, _ in found.values()})
        for topic in behind:
            await self._announce(topic, *found[topic], "active")
        strays = [topic for topic, (user, n) in found.items() if topic not in behind and claimed.get(user) != n]
        await self._withdraw({topic: found[topic] for topic in strays})
        await self._admin.delete(strays)
        orphans = [topic for topic in kept if is_user_topic(topic) and topic not in found]
        await self._positions.delete([*strays, *orphans])
        metrics.TOPICS_ANNOUNCED_AGAIN.inc(len(behind))
        metrics.STRAY_TOPICS_DELETED.inc(len(strays))

    async def _claimed(self, users: AbstractSet[str]) -> Mapping[str, int]:
        """The generation in use of each user's topic, or the one that is about to be over."""
        active = await self._user_topics.generations(users)
        return {**active, **await self._user_topics.retiring(users - active.keys(), len(users))}

    async def _withdraw(self, strays: Mapping[str, tuple[str, int]]) -> None:
        gone = await self._user_topics.gone({user for user, _ in strays.values()})
        for topic, (user, generation) in strays.items():
            if user in gone:
                await self._announce(topic, user, generation, "retired")
                await self._producer.send(withdrawal(user))

    async def _announce(self, topic: str, user: str, generation: int, state: Literal["active", "retired"]) -> None:
        said = UserTopic(user=user, topic=topic, generation=generation, state=state)
        await self._producer.send(announcement(said))
