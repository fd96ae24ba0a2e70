"""All users' commands in the partitions of one topic: who owns a partition reads it."""

import asyncio
from collections.abc import Callable
from random import Random

import structlog

from bus.ports import EARLIEST, Partition, Reader
from consumers.router.progress import Progress
from schemas.topics import SHARDED_USERS
from store.errors import StoreError

log = structlog.get_logger(__name__)

_ALIVE_SECONDS = 0.5


class ShardedSource:
    """Has the owned partitions of `users` read, from the positions that the store keeps."""

    topic = SHARDED_USERS

    def __init__(self, reader: Reader, progress: Progress, random: Random) -> None:
        self._reader = reader
        self._progress = progress
        self._random = random
        self._assigned: set[Partition] = set()
        """Ours, and not yet read."""

    def assign(self, partitions: frozenset[int]) -> None:
        self._assigned |= _of_users(partitions)

    def revoke(self, partitions: frozenset[int]) -> None:
        revoked = _of_users(partitions)
        self._assigned -= revoked
        self._reader.remove(revoked)
        self._progress.forget(revoked)

    async def run(self, alive: Callable[[], None]) -> None:
        while True:
            try:
                await self._begin_reading()
            except StoreError as error:
                log.warning("positions_delayed", error=repr(error))
            alive()
            await asyncio.sleep(_ALIVE_SECONDS * self._random.uniform(0.5, 1.0))

    async def _begin_reading(self) -> None:
        wanted = frozenset(self._assigned)
        positions = await self._progress.load(wanted)
        # What was revoked while we looked is another's to read.
        taken = wanted & self._assigned
        self._reader.add({partition: positions.get(partition, EARLIEST) for partition in taken})
        self._assigned -= taken


def _of_users(partitions: frozenset[int]) -> frozenset[Partition]:
    return frozenset(Partition(SHARDED_USERS, number) for number in partitions)
