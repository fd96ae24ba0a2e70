"""One router: membership tells whose users are ours, the directory their topics, the forwarder reads them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import EARLIEST, Admin, Bus, Membership, Ownership, Partition, Reader
from consumers.router.directory import Directory
from consumers.router.forwarding import Forwarder, ForwarderConfig
from consumers.router.progress import Progress
from schemas import metrics
from schemas.topics import USER_TOPICS
from schemas.user_topics import UserTopic
from store.errors import StoreError
from store.ports import Store, UserTopics

log = structlog.get_logger(__name__)

GROUP = "router"


@dataclass(frozen=True, slots=True)
class RouterConfig:
    member: str = "router-1"
    """The slot in the consumer group, the same after a restart."""
    follow_wait_seconds: float = 0.5
    release_seconds: float = 60.0
    """How often topics without a lease are let go."""
    retry_seconds: float = 0.5
    forwarding: ForwarderConfig = field(default_factory=ForwarderConfig)


class Router:
    """Decides nothing: forwards each user's commands in order, and remembers how far."""

    def __init__(self, bus: Bus, store: Store, random: Random, config: RouterConfig) -> None:
        self._config = config
        self._random = random
        self._membership: Membership = bus.membership(GROUP, USER_TOPICS, config.member)
        self._admin: Admin = bus.admin()
        self._reader: Reader = bus.reader()
        self._user_topics: UserTopics = store.user_topics
        self._directory = Directory(bus.reader(), self._admin)
        self._progress = Progress(store.router_positions, random)
        self._forwarder = Forwarder(self._reader, bus.producer(), self._progress, random, config.forwarding)
        self._assigned: set[int] = set()
        """Given to us and not yet taken into the directory."""
        self._waiting: dict[str, UserTopic] = {}
        """Announced and not yet read: loading their positions may have to be tried again."""

    async def run(self) -> None:
        """Work until cancelled; then save the positions and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._membership.run(Ownership(self._assign, self._revoke)), name="router-membership")
            tasks.create_task(self._forwarder.run(), name="router-forwarding")
            tasks.create_task(self._progress.run(), name="router-progress")
            tasks.create_task(self._follow(), name="router-directory")
            tasks.create_task(self._release(), name="router-release")

    @property
    def topics_read(self) -> int:
        return len(self._reader.places())

    def _assign(self, partitions: frozenset[int]) -> None:
        self._assigned |= partitions

    async def _revoke(self, partitions: frozenset[int]) -> None:
        self._assigned -= partitions
        topics = self._directory.drop(partitions)
        self._stop_reading(Partition(topic) for topic in topics)
        for topic in topics:
            self._waiting.pop(topic, None)
        await self._progress.save()

    async def _follow(self) -> None:
        while True:
            try:
                await self._take_assigned()
                for said in await self._directory.follow(self._config.follow_wait_seconds):
                    self._waiting[said.topic] = said
                await self._admit()
            except (BusError, StoreError) as error:
                log.warning("directory_delayed", error=repr(error))
                await asyncio.sleep(self._config.retry_seconds * self._random.uniform(0.5, 1.5))
            self._membership.report_progress()
            metrics.ROUTER_TOPICS.set(self.topics_read)

    async def _take_assigned(self) -> None:
        if not self._assigned:
            return
        taken = frozenset(self._assigned)
        await self._directory.take(taken)
        self._assigned -= taken

    async def _admit(self) -> None:
        """Act on what was announced: read the active topics, stop reading the retired ones."""
        said = tuple(self._waiting.values())
        self._stop_reading(Partition(one.topic) for one in said if one.state == "retired")
        reading = self._reader.places()
        fresh = {p: one.user for one in said if one.state == "active" and (p := Partition(one.topic)) not in reading}
        if fresh:
            places = await self._worth_reading(fresh)
            # What was revoked while we looked is another's to read.
            self._reader.add({p: place for p, place in places.items() if p.topic in self._waiting})
        for one in said:
            if self._waiting.get(one.topic) is one:
                del self._waiting[one.topic]

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
        while True:
            await asyncio.sleep(self._config.release_seconds * self._random.uniform(0.8, 1.2))
            try:
                await self._release_idle()
            except (BusError, StoreError) as error:
                log.warning("release_delayed", error=repr(error))

    async def _release_idle(self) -> None:
        """Stop reading topics that nobody has a lease on and whose end has been forwarded."""
        users = self._directory.topics()
        reading = {p: users[p.topic] for p in self._reader.places() if p.topic in users}
        leased = await self._user_topics.leased(set(reading.values()))
        idle = [p for p, user in reading.items() if user not in leased]
        ends = await self._admin.end_offsets(idle)
        self._stop_reading([p for p in idle if self._progress.forwarded(p) >= ends.get(p, 0)])

    def _stop_reading(self, partitions: Iterable[Partition]) -> None:
        stopped = tuple(partitions)
        self._reader.remove(stopped)
        self._progress.forget(stopped)
