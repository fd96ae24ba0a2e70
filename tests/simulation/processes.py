"""A simulated process: it runs, is killed at any await, and is started again by its supervisor."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from bus.errors import BusError
from bus.memory import MemoryBus, MemoryCluster
from store.errors import StoreError
from store.memory import MemoryDatabase, MemoryStore
from tests.simulation.faults import Line, Weather

Work = Callable[[MemoryBus, MemoryStore, Random], Awaitable[None]]


class Process:
    """Runs `work` for ever, anew after each death. Each life has its own connections, and dies with them."""

    def __init__(
        self, name: str, work: Work, cluster: MemoryCluster, database: MemoryDatabase, random: Random, weather: Weather
    ) -> None:
        self.name = name
        self.ends = 0
        """How often it died or stood still."""
        self._work = work
        self._cluster = cluster
        self._database = database
        self._random = random
        self._weather = weather
        self._calm = False
        self._line: Line | None = None
        self._bus: MemoryBus | None = None
        self._life: asyncio.Task[None] | None = None

    async def supervise(self) -> None:
        """Restart what died by itself or was killed, as `parley up` does."""
        while True:
            self._life = asyncio.create_task(self._live(), name=self.name)
            await asyncio.wait([self._life])
            failure = None if self._life.cancelled() else self._life.exception()
            if failure is not None and not _expected(failure):
                raise failure
            self.ends += 1
            await asyncio.sleep(self._random.uniform(0.05, 1.5))

    def kill(self) -> None:
        """As kill -9 does: what it had done is done, what it had not will not be, and nothing is given up in order."""
        if self._line is not None and self._bus is not None and self._life is not None:
            self._line.cut = True
            self._bus.crash()
            self._life.cancel()

    def pause(self, seconds: float) -> None:
        """Have nothing pass between this process and the rest for a while, and everything after."""
        self.ends += 1
        if self._line is not None:
            self._line.paused_until = asyncio.get_running_loop().time() + seconds

    def calm(self) -> None:
        self._calm = True
        if self._line is not None:
            self._line.calm = True

    async def _live(self) -> None:
        random = Random(self._random.random())
        self._line = Line(random, self._weather, self.kill)
        self._line.calm = self._calm
        self._bus = MemoryBus(self._cluster, chance=random, checkpoint=self._line.bus_step)
        store = MemoryStore(self._database, checkpoint=self._line.store_step)
        await self._work(self._bus, store, random)


def _expected(failure: BaseException) -> bool:
    """Whether a process may die of it: whatever the bus and the store can do to it at any time."""
    if isinstance(failure, BaseExceptionGroup):
        return all(_expected(each) for each in failure.exceptions)
    return isinstance(failure, BusError | StoreError)
