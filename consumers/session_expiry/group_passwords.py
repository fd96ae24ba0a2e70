"""Passwords of groups that are in force no more."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from consumers.session_expiry.rounds import every
from store.ports import GroupPasswords

SWEEP_SECONDS = 3600.0
_AT_ONCE = 100


class GroupPasswordSweeper:
    """Forgets the hashes of passwords that were changed or taken away, or never came into force."""

    def __init__(self, passwords: GroupPasswords, now: Callable[[], datetime], random: Random) -> None:
        self._passwords = passwords
        self._now = now
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="group_password_sweep_failed")

    async def sweep(self) -> None:
        """One round, of all that are due by now. Raises StoreUnavailable; the next makes up for it."""
        now = self._now()
        while await self._passwords.forget_superseded(now, _AT_ONCE) == _AT_ONCE:
            pass
