"""Uploads that nothing refers to any more, or that never came whole."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import Random

import structlog

from schemas import metrics
from store.errors import StoreError
from store.ports import MediaFiles

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60.0
_AT_ONCE = 200


class MediaSweeper:
    """Asks of every upload about once a day whether a message carries it, or a user shows it, and removes the rest."""

    def __init__(self, media: MediaFiles, now: Callable[[], datetime], random: Random) -> None:
        self._media = media
        self._now = now
        self._random = random

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS * self._random.uniform(0.8, 1.2))
            try:
                await self.sweep()
            except StoreError as error:
                log.warning("media_sweep_failed", error=repr(error))

    async def sweep(self) -> None:
        """One round, of all that are due by now. Raises StoreUnavailable; the next makes up for it."""
        now = self._now()
        while looked_at := await self._media.sweep(now, _AT_ONCE):
            metrics.MEDIA_SWEPT.inc(looked_at)
            if looked_at < _AT_ONCE:
                return
