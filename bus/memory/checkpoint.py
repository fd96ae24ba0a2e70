"""Where a simulation may delay, fail or kill what a process does on the bus: before and after each effect."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, TypeVar

from bus.errors import BusError, Unavailable, UnknownOutcome

T = TypeVar("T")

Operation = Literal["produce", "fetch", "create", "delete", "look_up", "join", "heartbeat", "commit", "committed"]


class Step(NamedTuple):
    """A point that an operation passes: `before` its effect on the cluster, or `after` it and before it is told."""

    operation: Operation
    moment: Literal["before", "after"]
    subject: str
    """The topic, or `<group>/<slot>`."""


Checkpoint = Callable[[Step], Awaitable[None]]
"""Called at every step. It may wait, raise Unavailable (the operation fails there), or never return."""


async def pass_through(step: Step) -> None:
    """The checkpoint of an untroubled bus: it only lets others run."""
    await asyncio.sleep(0)


class Wire:
    """The way between a process and the cluster."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    async def before(self, operation: Operation, subject: str) -> None:
        """Raises what the checkpoint raises: nothing was done."""
        await self._checkpoint(Step(operation, "before", subject))

    async def after(self, operation: Operation, subject: str) -> None:
        """Raises UnknownOutcome when the answer is lost: it was done all the same."""
        try:
            await self._checkpoint(Step(operation, "after", subject))
        except BusError as lost:
            raise UnknownOutcome(f"{operation} {subject}: the answer was lost") from lost

    async def ask(self, operation: Operation, subject: str, effect: Callable[[], T]) -> T:
        """Do what may be repeated at will. Raises Unavailable, whichever way was cut."""
        try:
            await self.before(operation, subject)
            answer = effect()
            await self.after(operation, subject)
        except UnknownOutcome as lost:
            raise Unavailable(str(lost)) from lost
        return answer
