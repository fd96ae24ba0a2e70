"""Kills (-9) processes of the stack under load, and no others."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from loadtests.clock import now
from loadtests.report import Row
from loadtests.stack import NotRunning, Stack

BETWEEN_SECONDS = 4.0
BACK_SECONDS = 60.0
"""By then whatever was killed is at work again."""
LOOK_SECONDS = 0.25
LOOKS = 5
"""The kernel's list of sockets may leave one out that is there, while others come and go."""


@dataclass(frozen=True, slots=True)
class Killed:
    """A process that was killed, and when."""

    name: str
    pid: int
    at: float


def require_ours(stack: Stack, kinds: Sequence[str]) -> None:
    """Raises NotRunning when a process of these kinds was started by somebody else."""
    for name, pid in stack.processes.pids.items():
        if name.startswith(tuple(kinds)) and not stack.processes.ours(pid):
            raise NotRunning(f"{name} (pid {pid}) was not started by the `parley up` of {stack.settings.var}")


def is_there(stack: Stack, kind: str) -> bool:
    """Whether a process of this kind is there to be killed."""
    stack.processes.refresh()
    return any(name.startswith(kind) for name in stack.processes.pids)


def kill_one(stack: Stack, kind: str, turn: int) -> Killed:
    """Kill a process of this kind; where there are several, each turn another. Raises NotRunning when there is none."""
    if not any(is_there(stack, kind) for _ in range(LOOKS)):
        raise NotRunning(f"there is no {kind} to be killed")
    victims = sorted(name for name in stack.processes.pids if name.startswith(kind))
    victim = victims[turn % len(victims)]
    require_ours(stack, (victim,))
    killed = Killed(victim, stack.processes.pids[victim], now())
    os.kill(killed.pid, signal.SIGKILL)
    return killed


def is_back(stack: Stack, killed: Killed) -> bool:
    """Whether another process has its place."""
    stack.processes.refresh()
    return stack.processes.pids.get(killed.name, killed.pid) != killed.pid


class Killing:
    """Kills one process after the other, of these kinds in turn. The next is killed BETWEEN_SECONDS after the last
    one is back and something has been done since: a stack that is killed before it does anything shows nothing.
    """

    def __init__(self, stack: Stack, kinds: Sequence[str], done: Callable[[], int]) -> None:
        """`done` counts what gets done."""
        self._stack = stack
        self._kinds = kinds
        self._done = done
        self._began = now()
        self.rows: list[Row] = []
        self.faults: list[str] = []

    async def run(self) -> None:
        """Until cancelled."""
        for turn in count():
            for kind in self._kinds:
                await asyncio.sleep(BETWEEN_SECONDS)
                if is_there(self._stack, kind):
                    await self._kill(kind, turn)

    async def _kill(self, kind: str, turn: int) -> None:
        killed = kill_one(self._stack, kind, turn)
        row: dict[str, Any] = {"killed": killed.name, "at s": killed.at - self._began}
        self.rows.append(row)  # the last one's process may come back after the run
        back = row["back s"] = await self._until(lambda: is_back(self._stack, killed), killed.at)
        done = self._done()
        again = row["something done s"] = await self._until(lambda: self._done() > done, killed.at)
        self._stack.say(f"{killed.name} killed: back after {back:.1f} s, something was done after {again:.1f} s")
        if again == float("inf"):
            self.faults.append(f"{BACK_SECONDS:.0f} s after {killed.name} was killed nothing is done")

    async def _until(self, so: Callable[[], bool], since: float) -> float:
        """Seconds since then; infinite when the time is over."""
        while not so():
            if now() - since > BACK_SECONDS:
                return float("inf")
            await asyncio.sleep(LOOK_SECONDS)
        return now() - since
