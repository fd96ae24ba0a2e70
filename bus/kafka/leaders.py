"""Whom to send to: the leaders of the topics a producer knows, learnt in bulk and one topic without the others."""

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka.structs import TopicPartition

from bus.kafka import topology
from bus.kafka.link import Link

LIMBO = -2
"""The node of partitions that have no leader at the moment: it never answers, and holds up nobody else."""
GRAVEYARD = -3
"""The node of topics that are gone: it refuses whatever comes."""

_GONE_SECONDS = 1.0
"""A topic that was there counts as gone when brokers have denied it for so long: one of them may merely lag."""


class Leaders:
    """Leaders by topic. Every question about a topic that was never learnt is answered LIMBO, and makes it learnt."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._led: dict[str, Mapping[int, int | None]] = {}
        self._denied_since: dict[str, float] = {}
        self._gone: set[str] = set()

    def partitions(self, topic: str) -> int | None:
        """How many partitions a topic has; None when it is not known to exist."""
        led = self._led.get(topic)
        return len(led) if led and topic not in self._gone else None

    def leader_for_partition(self, partition: TopicPartition) -> int:
        """The broker to send to, or LIMBO, or GRAVEYARD."""
        topic, number = partition
        if topic in self._gone:
            return GRAVEYARD
        leader = self._led.setdefault(topic, {}).get(number)
        return LIMBO if leader is None or topic in self._denied_since else leader

    async def learn(self, topics: Iterable[str]) -> frozenset[str]:
        """Ask for those that are not known, and return those that exist. Raises Unavailable."""
        wanted = frozenset(topics)
        unknown = [topic for topic in wanted if self.partitions(topic) is None]
        found = await topology.leaders(self._link, unknown)
        self._led |= found
        self._gone -= found.keys()
        return wanted.difference(unknown) | found.keys()

    def forget(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._led.pop(topic, None)
            self._denied_since.pop(topic, None)
            self._gone.discard(topic)

    async def refresh(self) -> None:
        """Ask again for all that are known. Raises Unavailable."""
        asked = [topic for topic in self._led if topic not in self._gone]
        found = await topology.leaders(self._link, asked)
        now = asyncio.get_running_loop().time()
        for topic in asked:
            if topic in found:
                self._led[topic] = found[topic]
                self._denied_since.pop(topic, None)
            elif topic in self._led:
                self._deny(topic, now)

    def _deny(self, topic: str, now: float) -> None:
        if now - self._denied_since.setdefault(topic, now) >= _GONE_SECONDS:
            del self._denied_since[topic]
            self._gone.add(topic)
