"""How long to wait before the next try."""

from dataclasses import dataclass
from random import Random

_MAX_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubles from `base` to `cap` seconds; each wait is drawn between `least` (a fraction) and the whole of it, so
    that clients that failed together do not come back together."""

    base: float
    cap: float
    least: float = 0.5

    def wait(self, tries: int, random: Random) -> float:
        """Seconds to wait after so many tries that failed before this one."""
        whole = min(self.cap, self.base * 2.0 ** min(tries, _MAX_DOUBLINGS))
        return random.uniform(self.least * whole, whole)
