"""Uploads that nothing refers to any more, or that never came whole."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from consumers.session_expiry.rounds import every
from schemas import metrics
from store.ports import MediaFiles

SWEEP_SECONDS = 60.0
_AT_ONCE = 200


class MediaSweeper:
    """Asks of every upload about once a day whether a message carries it, or a user shows it, and removes the rest."""

    def __init__(self, media: MediaFiles, now: Callable[[], datetime], random: Random) -> None:
        self._media = media
        self._now = now
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="media_sweep_failed")

    async def sweep(self) -> None:
        """One round, of all that are due by now. Raises StoreUnavailable; the next makes up for it."""
        now = self._now()
        while looked_at := await self._media.sweep(now, _AT_ONCE):
            metrics.MEDIA_SWEPT.inc(looked_at)
            if looked_at < _AT_ONCE:
                return
