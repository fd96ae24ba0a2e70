"""Where a simulation may delay, fail or kill what a process does in the store: before and after each effect."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, TypeVar

T = TypeVar("T")


class Step(NamedTuple):
    """A point that an operation passes: `before` its effect on the database, or `after` it and before it is told."""

    operation: str
    """Role and method, `decisions.apply`."""
    moment: Literal["before", "after"]


Checkpoint = Callable[[Step], Awaitable[None]]
"""Called at every step. It may wait, raise StoreUnavailable (after the effect: done, but not told), or never return."""


async def pass_through(step: Step) -> None:
    """The checkpoint of an untroubled store: it only lets others run."""
    await asyncio.sleep(0)


class Wire:
    """The way between a process and the database."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    async def ask(self, operation: str, effect: Callable[[], T]) -> T:
        """Do it at once and whole, between the two steps. What the effect raises is raised at once."""
        await self._checkpoint(Step(operation, "before"))
        answer = effect()
        await self._checkpoint(Step(operation, "after"))
        return answer
