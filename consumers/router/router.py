"""One router: membership tells whose commands are ours to read, the forwarder forwards them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from bus.ports import Bus, Ownership, Pace, Reader
from consumers.router.forwarding import Forwarder, ForwarderConfig
from consumers.router.per_user import PerUserConfig, PerUserSource
from consumers.router.progress import Progress
from consumers.router.sharded import ShardedSource
from schemas.topics import Layout
from store.ports import Store

GROUP = "router"


@dataclass(frozen=True, slots=True)
class RouterConfig:
    member: str = "router-1"
    """The slot in the consumer group, the same after a restart."""
    layout: Layout = Layout.PER_USER
    per_user: PerUserConfig = field(default_factory=PerUserConfig)
    forwarding: ForwarderConfig = field(default_factory=ForwarderConfig)


class Source(Protocol):
    """Which partitions the reader reads, kept in step with what the group has given to us."""

    @property
    def topic(self) -> str:
        """The topic whose partitions the group shares out."""

    def assign(self, partitions: frozenset[int]) -> None: ...

    def revoke(self, partitions: frozenset[int]) -> None: ...

    async def run(self, alive: Callable[[], None]) -> None:
        """Work until cancelled; calls `alive` while it gets on."""


class Router:
    """Decides nothing: forwards each user's commands in order, and remembers how far."""

    def __init__(self, bus: Bus, store: Store, random: Random, config: RouterConfig) -> None:
        self._reader: Reader = bus.reader(Pace.PROMPTED if config.layout is Layout.PER_USER else Pace.EAGER)
        self._progress = Progress(store.router_positions, random)
        self._forwarder = Forwarder(self._reader, bus.producer(), self._progress, random, config.forwarding)
        self._source: Source = (
            PerUserSource(bus, self._reader, store.user_topics, self._progress, random, config.per_user)
            if config.layout is Layout.PER_USER
            else ShardedSource(self._reader, self._progress, random)
        )
        self._membership = bus.membership(GROUP, self._source.topic, config.member)

    async def run(self) -> None:
        """Work until cancelled; then save the positions and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            ownership = Ownership(self._source.assign, self._revoke)
            tasks.create_task(self._membership.run(ownership), name="router-membership")
            tasks.create_task(self._source.run(self._membership.report_progress), name="router-source")
            tasks.create_task(self._forwarder.run(), name="router-forwarding")
            tasks.create_task(self._progress.run(), name="router-progress")

    @property
    def partitions_read(self) -> int:
        return len(self._reader.places())

    async def _revoke(self, partitions: frozenset[int]) -> None:
        self._source.revoke(partitions)
        await self._progress.save()
