"""When a process that renews its lease counts as dead, for one who watches (time in seconds, passed in)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

RENEW_SECONDS = 3.0
EXPIRE_SECONDS = 9.0
"""Three renewals missed."""


@dataclass(slots=True)
class LeaseWatch:
    """Judges by the watcher's own clock and own readings, so that no two clocks need agree.

    Each lease is a counter that its holder increases. One that stood still for EXPIRE_SECONDS *of continuous
    reading* has expired. After a time in which the watcher itself could not read, every lease starts anew: an
    outage of the store, or a pause of the watcher, expires nobody.
    """

    _last_read: float | None = None
    _moved: dict[str, tuple[int, float]] = field(default_factory=dict)

    def observe(self, now: float, leases: Mapping[str, int]) -> frozenset[str]:
        """Take one reading (lease → counter) and return the leases that have expired by it."""
        blind = self._last_read is None or now - self._last_read > RENEW_SECONDS
        known = {} if blind else self._moved
        self._last_read = now
        self._moved = {
            lease: seen if (seen := known.get(lease)) and seen[0] == counter else (counter, now)
            for lease, counter in leases.items()
        }
        return frozenset(lease for lease, (_, since) in self._moved.items() if now - since >= EXPIRE_SECONDS)
