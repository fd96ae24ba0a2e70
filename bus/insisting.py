"""Doing a step again until it is done: backoff with jitter, and an alarm when it takes long."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import structlog

from schemas import metrics

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    backoff_seconds: float = 0.1
    """Before the second try; doubles with each."""
    max_backoff_seconds: float = 5.0
    alarm_after: int = 5
    """Failures in a row before what depends on the step counts as stopped."""


class Insistence:
    """Tries a step of a consumer group's work for ever, as long as what it raises says that this may help."""

    def __init__(
        self,
        group: str,
        retryable: tuple[type[Exception], ...],
        alive: Callable[[], None],
        stopped: Callable[[], int],
        random: Random,
        patience: Patience,
    ) -> None:
        """`alive` is called at each try; `stopped` says how many partitions stand still meanwhile."""
        self._group = group
        self._retryable = retryable
        self._alive = alive
        self._stopped = stopped
        self._random = random
        self._patience = patience
        self._failing = 0
        """Steps that have failed so often in a row that their partitions count as stopped."""

    async def on(self, step: Callable[[], Awaitable[T]]) -> T:
        """Returns what the step returns at last. Raises whatever another try could not help."""
        failures = 0
        try:
            while True:
                self._alive()
                try:
                    return await step()
                except self._retryable as error:
                    failures += 1
                    await self.pause(failures, error)
        finally:
            if failures >= self._patience.alarm_after:
                self._count_failing(-1)

    def _count_failing(self, change: int) -> None:
        """A batch and the telling of the one before it may fail side by side: all is well when neither does."""
        self._failing += change
        metrics.PARTITIONS_STOPPED.labels(self._group).set(self._stopped() if self._failing else 0)

    async def pause(self, failures: int, error: Exception) -> None:
        """Wait after so many failures in a row."""
        metrics.BATCH_RETRIES.labels(self._group).inc()
        if failures == self._patience.alarm_after:
            self._count_failing(1)
        log.warning("batch_delayed", group=self._group, failures=failures, error=repr(error))
        longest = self._patience.backoff_seconds * 2.0 ** min(failures - 1, 16)
        await asyncio.sleep(min(self._patience.max_backoff_seconds, longest) * self._random.uniform(0.5, 1.0))
