"""How far each user topic has been forwarded, and the store's knowledge of it."""

import asyncio
from collections.abc import Iterable, Mapping
from random import Random

import structlog

from bus.ports import Partition
from store.errors import StoreError
from store.ports import RouterPositions

log = structlog.get_logger(__name__)

SAVE_SECONDS = 3.0
"""After an end without warning, as much is forwarded once more, and recognised by its client ids."""


def position_key(partition: Partition) -> str:
    """The name of a topic's position in the store."""
    return partition.topic if partition.number == 0 else f"{partition.topic}/{partition.number}"


class Progress:
    """Positions move forward only, so a save needs no fence: a former owner's progress is true progress."""

    def __init__(self, positions: RouterPositions, random: Random) -> None:
        self._positions = positions
        self._random = random
        self._forwarded: dict[Partition, int] = {}
        self._unsaved: dict[Partition, int] = {}

    async def load(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """The next offset of each that has been forwarded from before. Raises StoreUnavailable."""
        wanted = {position_key(partition): partition for partition in partitions}
        found = await self._positions.load(wanted) if wanted else {}
        for key, offset in found.items():
            partition = wanted[key]
            self._forwarded[partition] = max(offset, self._forwarded.get(partition, 0))
        return {partition: self._forwarded[partition] for partition in wanted.values() if partition in self._forwarded}

    def forwarded(self, partition: Partition) -> int:
        """The next offset to be forwarded, as far as known here."""
        return self._forwarded.get(partition, 0)

    def advance(self, partition: Partition, offset: int) -> None:
        self._forwarded[partition] = self._unsaved[partition] = offset

    def forget(self, partitions: Iterable[Partition]) -> None:
        """These are not read here any more; what is unsaved of them will still be saved."""
        for partition in partitions:
            self._forwarded.pop(partition, None)

    async def save(self) -> None:
        """Save what has moved. Raises StoreUnavailable; the next save will hold it again."""
        moved, self._unsaved = self._unsaved, {}
        try:
            if moved:
                await self._positions.advance({position_key(each): offset for each, offset in moved.items()})
        except BaseException:
            self._unsaved = moved | self._unsaved
            raise

    async def run(self) -> None:
        """Save every few seconds."""
        while True:
            await asyncio.sleep(SAVE_SECONDS * self._random.uniform(0.8, 1.2))
            try:
                await self.save()
            except StoreError as error:
                log.warning("positions_not_saved", error=repr(error))
