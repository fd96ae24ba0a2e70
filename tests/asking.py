"""What one request or frame asks of the store: how often, and what. Who measures times learns no more than that."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from store.memory import Step

_ASKED: ContextVar[list[str] | None] = ContextVar("asked", default=None)


async def noted(step: Step) -> None:
    """The checkpoint of a store whose operations are noted while somebody is `asking`."""
    operations = _ASKED.get()
    if operations is not None and step.moment == "before":
        operations.append(step.operation)
    await asyncio.sleep(0)


@contextmanager
def asking() -> Iterator[list[str]]:
    """The operations, in order, that are set off inside of the block, by tasks that begin there too."""
    operations: list[str] = []
    token = _ASKED.set(operations)
    try:
        yield operations
    finally:
        _ASKED.reset(token)
