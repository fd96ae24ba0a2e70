"""Starts programs in order, starts again what dies, and stops everything in the opposite order."""

import asyncio
import random
from collections.abc import Callable, Sequence

from parley.local.children import Child, Program, how_it_ended
from parley.local.errors import CannotStartError
from parley.local.readiness import last_words, until_ready

START_SECONDS = 120.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
STEADY_SECONDS = 30.0  # who ran this long has recovered from what ended it before

Say = Callable[[str], None]


async def supervise(
    phases: Sequence[Sequence[Program]], say: Say, chance: random.Random, *, started: Callable[[], None]
) -> None:
    """Start the programs phase by phase, those of one phase at once, and call `started` when all are ready.

    From then on whatever ends is started again, after a pause that grows with each failure, until this is cancelled.
    However this ends, every program is stopped before it returns, one by one, the last one first.
    Raises CannotStartError when a program does not get ready the first time.
    """
    services = [[_Supervised(program, say, chance) for program in phase] for phase in phases]
    try:
        for phase in services:
            await _start_all(phase)
        started()
        await asyncio.gather(*(service.keep_running() for phase in services for service in phase))
    finally:
        for service in reversed([service for phase in services for service in phase]):
            await service.stop()


async def _start_all(phase: Sequence["_Supervised"]) -> None:
    reasons: list[str] = []
    try:
        async with asyncio.TaskGroup() as starting:
            for service in phase:
                starting.create_task(service.start(), name=f"start {service.name}")
    except* CannotStartError as failures:
        reasons = [str(failure) for failure in failures.exceptions]
    if reasons:  # what is raised within except* would come out as a group
        raise CannotStartError("\n".join(reasons))


class _Supervised:
    def __init__(self, program: Program, say: Say, chance: random.Random) -> None:
        self.name = program.name
        self._program = program
        self._tell = say
        self._chance = chance
        self._child: Child | None = None

    async def start(self) -> None:
        since = _now()
        self._child = await Child.start(self._program)
        await until_ready(self._child, START_SECONDS)
        self._say(f"ready ({_now() - since:.1f} s)")

    async def stop(self) -> None:
        if self._child is not None and self._child.exit_code is None:
            await self._child.stop()
            self._say("stopped")

    async def keep_running(self) -> None:
        failures = 0
        while self._child is not None:
            since = _now()
            exit_code = await self._child.wait()
            failures = 1 if _now() - since > STEADY_SECONDS else failures + 1
            pause = self._pause(failures)
            self._say(f"ended ({how_it_ended(exit_code)}), starts again in {pause:.1f} s: {last_words(self._child)}")
            await asyncio.sleep(pause)
            await self._start_again()

    async def _start_again(self) -> None:
        since = _now()
        try:
            self._child = await Child.start(self._program)
        except OSError as error:
            self._say(f"cannot be started: {error}")
            return  # the child of before is still the ended one: another round, after a longer pause
        await self._until_ready_again(self._child, since)

    async def _until_ready_again(self, child: Child, since: float) -> None:
        while child.exit_code is None:
            try:
                await until_ready(child, START_SECONDS)
                self._say(f"ready again ({_now() - since:.1f} s)")
                return
            except CannotStartError as reason:
                self._say(str(reason))

    def _pause(self, failures: int) -> float:
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10))
        return longest * self._chance.uniform(0.5, 1.0)

    def _say(self, text: str) -> None:
        self._tell(f"{self.name:<15} {text}")


def _now() -> float:
    return asyncio.get_running_loop().time()
