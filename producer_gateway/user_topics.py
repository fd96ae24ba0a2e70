"""Where users' commands go: a topic each, or, in the sharded layout, all into the partitions of one."""

import asyncio
from random import Random
from typing import Protocol

from bus.ports import Admin, Producer
from producer_gateway.topic_opener import OpenerConfig, TopicOpener
from schemas.topics import SHARDED_USERS, Layout
from store.ports import UserTopics


class CommandTopics(Protocol):
    """The topics that commands are appended to, open before anyone waits for them."""

    @property
    def keyed_by_sender(self) -> bool:
        """Whether a record's key is its sender, and its conversation a header; otherwise it is the conversation."""

    def hold(self, user: str) -> None:
        """The user is here: have his topic open, from now until as many calls of `release`."""

    def release(self, user: str) -> None: ...

    def opened(self, user: str) -> str | None:
        """The user's topic if it is open this moment."""

    async def topic(self, user: str) -> str:
        """The user's topic, opened if need be. Raises Unavailable when that takes too long, UserGone."""

    def appended(self, topic: str) -> None:
        """A command was handed to the producer for this topic: whoever reads it is told at once."""

    def mistrust(self, user: str, topic: str) -> None:
        """That topic turned out to be missing: the next who asks has it opened anew."""

    async def run(self) -> None:
        """Keep them open until cancelled."""


class ShardedTopic:
    """The one topic of the sharded layout, there whenever Parley runs."""

    keyed_by_sender = True

    def hold(self, user: str) -> None:
        """Nothing is kept for one user."""

    def release(self, user: str) -> None:
        """Nothing is kept for one user."""

    def opened(self, user: str) -> str | None:
        return SHARDED_USERS

    async def topic(self, user: str) -> str:
        return SHARDED_USERS

    def appended(self, topic: str) -> None:
        """Whoever reads it looks at few partitions, and all the time."""

    def mistrust(self, user: str, topic: str) -> None:
        """It is made at every start, and by nobody in between."""

    async def run(self) -> None:
        await asyncio.Event().wait()


def command_topics(
    layout: Layout, user_topics: UserTopics, producer: Producer, admin: Admin, random: Random, config: OpenerConfig
) -> CommandTopics:
    """The topics of a layout; `config` is for the one with a topic for each user."""
    if layout is Layout.SHARDED:
        return ShardedTopic()
    return TopicOpener(user_topics, producer, admin, random, config)
