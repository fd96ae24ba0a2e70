"""An event loop whose time is virtual: it jumps to the next thing to be done, so that minutes pass in milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

_BEYOND_SECONDS = 1e-9
"""A sum of floats may fall short of the moment it was meant for, and who waits for that would wait for ever."""

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Deadlock(Exception):
    """Nothing is left to be done, and the run is not over."""


class _JumpingSelector(selectors.BaseSelector):
    """Waits for no file: every wait is over at once, and the clock has moved by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, fileobj if isinstance(fileobj, int) else fileobj.fileno(), events, data)
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("nothing is left to be done")
        if timeout > 0:
            self.now += timeout + _BEYOND_SECONDS
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class _NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set depends on when it was made, not on where in memory it lies."""

    _numbers = count()

    def __init__(self, *args: Any, **options: Any) -> None:
        self._number = next(self._numbers)
        super().__init__(*args, **options)

    def __hash__(self) -> int:
        return self._number

    __eq__ = object.__eq__


class VirtualLoop(asyncio.SelectorEventLoop):
    """Deterministic: what runs next depends on what was asked for, never on the machine.

    Sets of strings are ordered by their hashes: for runs to be the same in two processes, both need the same
    PYTHONHASHSEED.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self.set_task_factory(_numbered)

    def time(self) -> float:
        return self._jumping.now

    def now(self) -> datetime:
        """The wall clock of the simulated world."""
        return BEGINNING + timedelta(seconds=self._jumping.now)


def _numbered(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> _NumberedTask:
    return _NumberedTask(coroutine, loop=loop, **options)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time. Raises Deadlock when it can't get there."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
