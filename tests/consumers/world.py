"""A cluster and a database in memory, under a virtual clock, for tests of single consumers."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from bus.announcements import announcement
from bus.memory import MemoryBus, MemoryCluster
from bus.ports import Outgoing, Partition, Record
from domain.identity import User
from schemas.commands import Command
from schemas.headers import Headers
from schemas.times import to_millis
from schemas.topics import USER_ACTIVITY, fixed_topics, user_topic, user_topic_spec
from schemas.user_topics import UserTopic
from store.memory import MemoryDatabase, MemoryStore
from tests.making import NOW, narrow
from tests.simulation.clock import VirtualLoop
from tests.virtually import told_in


class World:
    """Everything a consumer meets, and what a test asks about it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.cluster = MemoryCluster(lambda: to_millis(loop.now()))
        self.cluster.create(narrow(fixed_topics()))
        self.database = MemoryDatabase(loop.now)
        self.bus = MemoryBus(self.cluster, chance=Random(1))
        self.store = MemoryStore(self.database)
        self.random = Random(2)
        self.producer = self.bus.producer()

    async def user(self, user: str, *, topic: bool = True, leased: float = 3600.0) -> None:
        """A user with a topic that was opened and announced."""
        await self.store.users.create(User(user, user, NOW), "a-hash")
        if topic:
            await self.store.user_topics.open([user], leased)
            self.cluster.create([user_topic_spec(user_topic(user, 1))])
            await self.producer.send(Outgoing(user_topic(user, 1), b'{"type":"opened"}'))
            await self.announce(user)

    async def announce(self, user: str, state: str = "active") -> None:
        said = UserTopic.model_validate({"user": user, "topic": user_topic(user, 1), "generation": 1, "state": state})
        await self.producer.send(announcement(said))

    async def submit(self, command: Command, headers: Headers = ()) -> None:
        """Put a command into its sender's topic, as an edge does."""
        key, value = command.conversation.encode(), command.model_dump_json().encode()
        await self.producer.send(Outgoing(user_topic(command.sender, 1), value, key=key, headers=headers))

    async def hint(self, value: bytes) -> None:
        """Tell the routers, as edges do, of user topics that have something new."""
        await self.producer.send(Outgoing(USER_ACTIVITY, value))

    async def append(self, command: Command, headers: Headers = ()) -> Record:
        """Put a command into `conversations`, as a router does."""
        key, value = command.conversation.encode(), command.model_dump_json().encode()
        at = await self.producer.send(Outgoing("conversations", value, key=key, headers=headers))
        return self.records("conversations", at.partition)[-1]

    def records(self, topic: str, partition: int | None = None) -> list[Record]:
        count = self.cluster.topics().get(topic, 0)
        numbers = range(count) if partition is None else (partition,)
        logs = [log for number in numbers if (log := self.cluster.log(Partition(topic, number)))]
        return [record for log in logs for record in log.records]


@asynccontextmanager
async def running(work: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Have something run beside the test, and stop it after."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _a_world() -> AsyncIterator[World]:
    yield World()


in_world = told_in(_a_world)
