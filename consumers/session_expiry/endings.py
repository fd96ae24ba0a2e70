"""What is left of groups that have ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from consumers.session_expiry.rounds import every
from schemas import metrics
from schemas.messages import ConversationKind
from store.ports import Endings

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
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="ending_sweep_failed")

    async def sweep(self) -> None:
        """One round, of all that are due by now. Raises StoreUnavailable; the next makes up for it."""
        while due := await self._endings.due(ConversationKind.GROUP, self._now() - KEPT, _AT_ONCE):
            for conversation in due:
                await self._endings.destroy(conversation)
                metrics.CONVERSATIONS_DESTROYED.inc()
