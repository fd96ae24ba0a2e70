"""What a seed does to a process: delays at every await, lost answers, failures, and death at any point."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import bus.memory as memory_bus
import store.memory.checkpoint as memory_store
from bus.errors import Unavailable
from store.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Weather:
    """How rough a run is. Chances are per step."""

    mean_delay: float = 0.002
    long_delay: float = 0.8
    long_delay_chance: float = 0.005
    failure_chance: float = 0.004
    death_chance: float = 0.03
    """At each step after which something is done and nobody knows of it yet."""
    tardy_chance: float = 0.05
    """Of a long delay at such a step, and where sessions become known."""


_CRITICAL = frozenset({"decisions.apply", "receipts.insert", "receipts.raise", "commit"})
"""Between what is stored, what is told and what is committed: where the order of things matters most."""
_TARDY = _CRITICAL | {"sessions.register"}


class Line:
    """One process's line to the cluster and the database. Once cut, nothing passes: that is how kill -9 looks."""

    def __init__(self, random: Random, weather: Weather, kill: Callable[[], None]) -> None:
        self._random = random
        self._weather = weather
        self._kill = kill
        self.cut = False
        self.calm = False
        """Without failures, for the end of a run, when everything has to arrive."""
        self.paused_until = 0.0
        """Until then nothing passes: SIGSTOP, or a network that swallows everything. Makes zombies."""

    async def bus_step(self, step: memory_bus.Step) -> None:
        await self._pass(step.operation, step.moment)
        if self._fails():
            raise Unavailable(f"injected {step.moment} {step.operation} {step.subject}")

    async def store_step(self, step: memory_store.Step) -> None:
        await self._pass(step.operation, step.moment)
        if self._fails():
            raise StoreUnavailable(f"injected {step.moment} {step.operation}")

    async def _pass(self, operation: str, moment: str) -> None:
        self._die_if_cut()
        if moment == "after" and operation in _CRITICAL and not self.calm:
            self._perhaps_die()
        delay = self._delay(self._weather.tardy_chance if operation in _TARDY else self._weather.long_delay_chance)
        await asyncio.sleep(max(delay, self.paused_until - asyncio.get_running_loop().time()))
        self._die_if_cut()

    def _perhaps_die(self) -> None:
        if self._random.random() < self._weather.death_chance:
            self._kill()
            self._die_if_cut()

    def _die_if_cut(self) -> None:
        """A dead process does nothing more, whatever its clean-up would like to."""
        if self.cut:
            raise asyncio.CancelledError

    def _delay(self, long_chance: float) -> float:
        if self._random.random() < long_chance:
            return self._random.uniform(0, self._weather.long_delay)
        return self._random.expovariate(1 / self._weather.mean_delay)

    def _fails(self) -> bool:
        return not self.calm and self._random.random() < self._weather.failure_chance
