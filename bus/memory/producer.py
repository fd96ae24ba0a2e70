"""The producer in memory: one lane per partition, in which records are appended one after the other."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Iterable
from typing import NamedTuple

from bus.errors import BusError, Unavailable, UnknownOutcome, UnknownTopic
from bus.memory.checkpoint import Wire
from bus.memory.cluster import MemoryCluster
from bus.placing import partition_of, require_fits
from bus.ports import Outgoing, Partition, Position


class _Pending(NamedTuple):
    message: Outgoing
    created: int
    acknowledged: "asyncio.Future[Position]"


class MemoryProducer:
    """Obeys `bus.ports.Producer`. A record whose time is up is answered UnknownOutcome and may still be appended."""

    def __init__(self, cluster: MemoryCluster, wire: Wire, chance: random.Random, delivery_timeout: float) -> None:
        self._cluster = cluster
        self._wire = wire
        self._chance = chance
        self._delivery_timeout = delivery_timeout
        self._lanes: dict[Partition, deque[_Pending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def warm_up(self, topics: Iterable[str]) -> frozenset[str]:
        wanted = frozenset(topics)
        return await self._wire.ask("look_up", "", lambda: wanted & self._cluster.topics().keys())

    def forget(self, topics: Iterable[str]) -> None:
        """Nothing is kept here."""

    async def enqueue(self, message: Outgoing) -> Awaitable[Position]:
        require_fits(message)
        partitions = self._cluster.topics().get(message.topic)
        if partitions is None:
            raise UnknownTopic(message.topic)
        partition = Partition(message.topic, partition_of(message, partitions, self._chance))
        acknowledged: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        acknowledged.add_done_callback(_retrieve)
        self._put(partition, _Pending(message, self._cluster.now(), acknowledged))
        return acknowledged

    async def send(self, message: Outgoing) -> Position:
        return await asyncio.shield(await self.enqueue(message))

    def _put(self, partition: Partition, pending: _Pending) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._delivery_timeout, _give_up, pending.acknowledged)
        pending.acknowledged.add_done_callback(lambda _: timer.cancel())
        lane = self._lanes.get(partition)
        if lane is not None:
            lane.append(pending)
            return
        self._lanes[partition] = deque([pending])
        task = loop.create_task(self._drain(partition))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, partition: Partition) -> None:
        lane = self._lanes[partition]
        while lane:
            if not await self._append(partition, lane.popleft()):
                _fail_behind(lane)
        del self._lanes[partition]

    async def _append(self, partition: Partition, pending: _Pending) -> bool:
        try:
            await self._wire.before("produce", partition.topic)
            position = self._cluster.append(pending.message, partition, pending.created)
            await self._wire.after("produce", partition.topic)
        except BusError as failure:
            _answer_failure(pending.acknowledged, failure)
            return False
        _answer(pending.acknowledged, position)
        return True

    async def close(self) -> None:
        """Wait for what is under way, for as long as records may take; then drop it."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._delivery_timeout)
        self.crash()

    def crash(self) -> None:
        """Stop where it stands: what is not yet appended never will be."""
        for task in self._tasks:
            task.cancel()
        for lane in self._lanes.values():
            _fail_behind(lane)


def _fail_behind(lane: deque[_Pending]) -> None:
    """None may be appended before what stood ahead of it and failed."""
    while lane:
        _answer_failure(lane.popleft().acknowledged, Unavailable("a record ahead of it on its partition failed"))


def _answer(acknowledged: "asyncio.Future[Position]", position: Position) -> None:
    if not acknowledged.done():
        acknowledged.set_result(position)


def _answer_failure(acknowledged: "asyncio.Future[Position]", failure: BusError) -> None:
    if not acknowledged.done():
        acknowledged.set_exception(failure)


def _give_up(acknowledged: "asyncio.Future[Position]") -> None:
    _answer_failure(acknowledged, UnknownOutcome("no acknowledgement in time"))


def _retrieve(acknowledged: "asyncio.Future[Position]") -> None:
    """An acknowledgement may be dropped unawaited: that is no error of the program's."""
    if not acknowledged.cancelled():
        acknowledged.exception()
