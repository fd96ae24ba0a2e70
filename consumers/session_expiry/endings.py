"""What is left of groups that have ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from bus.ports import Admin
from consumers.session_expiry.rounds import every
from consumers.session_expiry.telling import Telling
from schemas import metrics
from schemas.messages import ConversationKind
from store.ports import Endings

SWEEP_SECONDS = 60.0
KEPT = timedelta(hours=1)
"""In which a retried command gets its outcome."""
_AT_ONCE = 500


class EndingSweeper:
    """Destroys what ended conversations held when their members have been told, all but a tombstone: it outlives the
    log, so that no replay brings anything back."""

    def __init__(self, endings: Endings, admin: Admin, now: Callable[[], datetime], random: Random) -> None:
        self._endings = endings
        self._telling = Telling(admin)
        self._now = now
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="ending_sweep_failed")

    async def sweep(self) -> None:
        """One round, of those that are due by now. Raises Unavailable or StoreUnavailable; the next makes up for it."""
        due = await self._endings.due(ConversationKind.GROUP, self._now() - KEPT, _AT_ONCE)
        for conversation in await self._telling.over(due):
            await self._endings.destroy(conversation)
            metrics.CONVERSATIONS_DESTROYED.inc()
