"""Slow computations beside the event loop: a few at a time, and a short line before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class TooBusy(Exception):
    """So much waits to be computed that more would wait too long."""


class Threads:
    """Runs at most `concurrent` computations at once, with `waiting` more in line."""

    def __init__(self, name: str, *, concurrent: int = 2, waiting: int = 64) -> None:
        self._threads = ThreadPoolExecutor(concurrent, thread_name_prefix=name)
        self._limit = concurrent + waiting
        self._under_way = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises TooBusy."""
        if self._under_way >= self._limit:
            raise TooBusy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
