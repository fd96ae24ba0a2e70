"""How fast somebody may go, and how often he may guess.

Everything here is one process's view, kept in memory and bounded: a fleet of n processes lets through up to n times as
much, and a process that starts anew has forgotten.
"""

import re
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

K = TypeVar("K")

CAPACITY = 100_000
_KEPT = 0.9
_SECONDS = {"s": 1, "min": 60, "h": 3600}
_RATE = re.compile(r"(\d{1,9})\+(\d{1,9}(?:\.\d{1,6})?)/(s|min|h)", re.ASCII)
_MAX_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_second` for ever; both above zero."""

    burst: int
    per_second: float

    @classmethod
    def parse(cls, text: str) -> "Rate | None":
        """From `100+20/s` (also `/min`, `/h`); None, no limit, from `off`. Raises ValueError."""
        if text == "off":
            return None
        found = _RATE.fullmatch(text)
        if found is None or not int(found[1]) or not float(found[2]):
            raise ValueError("should be like 100+20/s (so many at once, and so many a second; /min, /h), or off")
        return cls(int(found[1]), float(found[2]) / _SECONDS[found[3]])


COMMANDS = Rate(100, 20)
"""What one user asks to be done: messages, and every other change."""
QUESTIONS = Rate(100, 20)
"""What one user asks to be shown on sockets: history and sync."""
FRAMES = Rate(1000, 200)
"""Of one socket, whatever they are."""
CONNECTIONS = Rate(2000, 100)
"""Sockets that one address opens."""
REQUESTS = Rate(200, 50)
"""HTTP requests of one user to one route."""
ADDRESS_REQUESTS = Rate(1000, 300)
"""HTTP requests of one address, whoever sends them."""
SIGN_INS = Rate(30, 0.5)
"""Tries of one address to sign in."""
REGISTRATIONS = Rate(20, 0.1)
"""Accounts that one address makes."""


CHATS = Rate(20, 0.1)
"""Ephemeral chats that one address starts."""


class Bucket:
    """One token bucket, as the generic cell rate algorithm keeps it (ITU-T I.371, A.1): by the time at which it will
    be full again. `now` is a monotonic clock's; it may not go back."""

    __slots__ = ("_closed_until", "_full_at")

    def __init__(self) -> None:
        self._full_at = 0.0
        self._closed_until = 0.0

    def take(self, rate: Rate, now: float, cost: int = 1, pause: float = 0.0) -> float:
        """Take so many tokens: 0.0. Where they are not there nothing is taken, and the seconds until they are are
        returned; with `pause`, nothing is to be had for so long from the first refusal on, so that a client which sends
        its refused things again, in order, is not overtaken by what it sent after them."""
        if now < self._closed_until:
            return self._closed_until - now
        full_at = max(now, self._full_at) + cost / rate.per_second
        wait = full_at - now - rate.burst / rate.per_second
        if wait <= 1e-9:
            self._full_at = full_at
            return 0.0
        wait = max(wait, pause)
        if pause:
            self._closed_until = now + wait
        return wait

    def rested(self, now: float) -> bool:
        """Whether it is as good as new."""
        return self._full_at <= now and self._closed_until <= now


class Limiter(Generic[K]):
    """A bucket for each key. At `capacity` those that are full are forgotten, then the oldest."""

    def __init__(self, rate: Rate | None, *, pause: float = 0.0, capacity: int = CAPACITY) -> None:
        """Without a rate, nothing is limited."""
        self._rate = rate
        self._pause = pause
        self._capacity = capacity
        self._buckets: dict[K, Bucket] = {}

    def take(self, key: K, now: float) -> float:
        """0.0, or the seconds after which it may be tried again."""
        if self._rate is None:
            return 0.0
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._new(key, now)
        return bucket.take(self._rate, now, 1, self._pause)

    def _new(self, key: K, now: float) -> Bucket:
        if len(self._buckets) >= self._capacity:
            self._forget(now)
        bucket = self._buckets[key] = Bucket()
        return bucket

    def _forget(self, now: float) -> None:
        busy = [(key, bucket) for key, bucket in self._buckets.items() if not bucket.rested(now)]
        self._buckets = dict(busy[-round(self._capacity * _KEPT) :])

    def __len__(self) -> int:
        return len(self._buckets)


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` guesses without delay; then each waits twice as long as the one before it, from `first` to `longest`
    seconds. Who has not guessed for `forget` seconds begins anew."""

    free: int
    first: float = 1.0
    longest: float = 900.0
    forget: float = 3600.0


@dataclass(slots=True)
class _Guesses:
    count: int
    next_at: float
    latest_at: float


class Guesses(Generic[K]):
    """Counts guesses at secrets. Each counts as wrong until it is known to be right: of many at once no more get
    through than one after the other."""

    def __init__(self, patience: Patience, *, capacity: int = CAPACITY) -> None:
        self._patience = patience
        self._capacity = capacity
        self._made: dict[K, _Guesses] = {}

    def guess(self, key: K, now: float) -> float:
        """0.0: it may be made, and is counted. Otherwise the seconds until the next may."""
        made = self._made.get(key)
        if made is not None and now - made.latest_at > self._patience.forget:
            made = None
        if made is not None and now < made.next_at:
            return made.next_at - now
        count = 1 if made is None else made.count + 1
        self._made.pop(key, None)
        self._make_room()
        self._made[key] = _Guesses(count, now + self._delay(count), now)
        return 0.0

    def right(self, key: K) -> None:
        """The latest guess was right: nothing is held against it."""
        self._made.pop(key, None)

    def _delay(self, count: int) -> float:
        over = count - self._patience.free
        return 0.0 if over < 0 else min(self._patience.longest, self._patience.first * 2.0 ** min(over, _MAX_DOUBLINGS))

    def _make_room(self) -> None:
        """Those that guessed longest ago stand first."""
        if len(self._made) >= self._capacity:
            del self._made[next(iter(self._made))]

    def __len__(self) -> int:
        return len(self._made)


def whole_seconds(wait: float) -> int:
    """A wait as HTTP's `Retry-After` says it."""
    return max(1, ceil(wait))


def milliseconds(wait: float) -> float:
    """A wait, rounded up to what clients are told: seconds with milliseconds."""
    return ceil(wait * 1000) / 1000
