"""A topic for each user: who owns a user's partition of `user-topics` reads that user's topic."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import EARLIEST, Bus, Partition, Reader
from consumers.router.directory import Directory
from consumers.router.progress import Progress
from consumers.router.prompting import Prompter
from schemas import metrics
from schemas.topics import USER_TOPICS
from schemas.user_topics import UserTopic
from store.errors import StoreError
from store.ports import UserTopics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PerUserConfig:
    follow_wait_seconds: float = 0.5
    release_seconds: float = 60.0
    """How often topics without a lease are let go."""
    retry_seconds: float = 0.5


class PerUserSource:
    """Has the topics of our users read that are under a lease or hold commands not yet forwarded.

    Announcements and releases are worked off by one task. An edge takes the lease first and announces then: so a
    release either sees the lease, or its announcement comes after and has the topic read again.
    """

    topic = USER_TOPICS

    def __init__(
        self,
        bus: Bus,
        reader: Reader,
        user_topics: UserTopics,
        progress: Progress,
        random: Random,
        config: PerUserConfig,
    ) -> None:
        self._admin = bus.admin()
        self._directory = Directory(bus.reader())
        self._prompter = Prompter(self._admin, bus.reader(), reader, random)
        self._reader = reader
        self._user_topics = user_topics
        self._progress = progress
        self._random = random
        self._config = config
        self._assigned: set[int] = set()
        """Ours, and not yet taken into the directory."""
        self._waiting: dict[str, UserTopic] = {}
        """Announced, and not yet acted on."""

    def assign(self, partitions: frozenset[int]) -> None:
        self._assigned |= partitions

    def revoke(self, partitions: frozenset[int]) -> None:
        self._assigned -= partitions
        topics = self._directory.drop(partitions)
        self._stop_reading(Partition(topic) for topic in topics)
        for topic in topics:
            self._waiting.pop(topic, None)

    async def run(self, alive: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_up(alive), name="router-user-topics")
            tasks.create_task(self._prompter.run(), name="router-prompter")

    async def _keep_up(self, alive: Callable[[], None]) -> None:
        clock = asyncio.get_running_loop().time
        release_at = clock() + self._until_release()
        while True:
            try:
                await self._take_assigned()
                await self._follow()
                if clock() >= release_at:
                    await self._release()
                    release_at = clock() + self._until_release()
            except (BusError, StoreError) as error:
                log.warning("user_topics_delayed", error=repr(error))
                await asyncio.sleep(self._config.retry_seconds * self._random.uniform(0.5, 1.5))
            alive()
            metrics.ROUTER_TOPICS.set(len(self._reader.places()))

    def _until_release(self) -> float:
        return self._config.release_seconds * self._random.uniform(0.8, 1.2)

    async def _take_assigned(self) -> None:
        if not self._assigned:
            return
        wanted = frozenset(self._assigned)
        ends = await self._admin.end_offsets(Partition(USER_TOPICS, number) for number in wanted)
        # What was revoked while we looked is another's to read.
        taken = wanted & self._assigned
        self._directory.take({number: ends.get(Partition(USER_TOPICS, number), 0) for number in taken})
        self._assigned -= taken

    async def _follow(self) -> None:
        for said in await self._directory.follow(self._config.follow_wait_seconds):
            self._waiting[said.topic] = said
        said_now = tuple(self._waiting.values())
        self._stop_reading(Partition(one.topic) for one in said_now if one.state == "retired")
        await self._begin_reading(one for one in said_now if one.state == "active")
        for one in said_now:
            if self._waiting.get(one.topic) is one:
                del self._waiting[one.topic]

    async def _begin_reading(self, announced: Iterable[UserTopic]) -> None:
        reading = self._reader.places()
        fresh = {p: one.user for one in announced if (p := Partition(one.topic)) not in reading}
        if not fresh:
            return
        places = await self._worth_reading(fresh)
        self._reader.add({p: place for p, place in places.items() if p.topic in self._waiting})

    async def _worth_reading(self, topics: Mapping[Partition, str]) -> Mapping[Partition, int]:
        """Where to begin with those that are under a lease or hold commands not yet forwarded."""
        positions = await self._progress.load(topics)
        leased = await self._user_topics.leased(set(topics.values()))
        ends = await self._admin.end_offsets(p for p, user in topics.items() if user not in leased)
        return {
            p: positions.get(p, EARLIEST)
            for p, user in topics.items()
            if user in leased or ends.get(p, 0) > positions.get(p, 0)
        }

    async def _release(self) -> None:
        """Stop reading topics that nobody has a lease on and whose end has been forwarded."""
        users = self._directory.users()
        reading = {p: users[p.topic] for p in self._reader.places() if p.topic in users}
        leased = await self._user_topics.leased(set(reading.values()))
        idle = [p for p, user in reading.items() if user not in leased]
        ends = await self._admin.end_offsets(idle)
        self._stop_reading(p for p in idle if self._progress.forwarded(p) >= ends.get(p, 0))

    def _stop_reading(self, partitions: Iterable[Partition]) -> None:
        stopped = tuple(partitions)
        self._reader.remove(stopped)
        self._progress.forget(stopped)
