"""Events on their way to the application."""

import asyncio
from collections import deque
from collections.abc import Iterable

from parley_client.events import Event


class Inbox:
    """A queue that takes whatever a frame brought at once, so that nothing the core has counted as told can be lost,
    and makes whoever reads frames wait while it holds `limit` or more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._end: Exception | None = None

    def put(self, events: Iterable[Event]) -> None:
        self._events.extend(events)
        self._wake()

    def end(self, reason: Exception) -> None:
        """Nothing more will come: `get` raises `reason` when everything is read."""
        self._end = reason
        self._wake()

    async def room(self) -> None:
        """Wait until the application has caught up."""
        while len(self._events) >= self._limit:
            await self._change()

    async def get(self) -> Event:
        """The next event, in order. Raises what `end` was given when there are no more."""
        while not self._events:
            if self._end is not None:
                raise self._end
            await self._change()
        event = self._events.popleft()
        self._wake()
        return event

    def _wake(self) -> None:
        """Everyone who waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self) -> None:
        await self._changed.wait()
