"""What is left of groups that have ended."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import structlog

from schemas import metrics
from store.errors import StoreError
from store.ports import Endings

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60.0
KEPT = timedelta(hours=1)
"""In which a writer that died can tell the members, and a retried command gets its outcome."""
_AT_ONCE = 20


class EndingSweeper:
    """Destroys what ended conversations held, all but a tombstone: it outlives the log, so that no replay brings
    anything back."""

    def __init__(self, endings: Endings, now: Callable[[], datetime], random: Random) -> None:
        self._endings = endings
        self._now = now
        self._random = random

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS * self._random.uniform(0.8, 1.2))
            try:
                await self.sweep()
            except StoreError as error:
                log.warning("ending_sweep_failed", error=repr(error))

    async def sweep(self) -> None:
        """One round, of all that are due by now. Raises StoreUnavailable; the next makes up for it."""
        while due := await self._endings.due(self._now() - KEPT, _AT_ONCE):
            for conversation in due:
                await self._endings.destroy(conversation)
                metrics.CONVERSATIONS_DESTROYED.inc()
