"""The client's side of one incremental fetch session with one broker (KIP-227), without any I/O."""

from collections.abc import Mapping
from typing import NamedTuple

from bus.ports import Partition

_NO_SESSION = 0
_FIRST_EPOCH = 0
_FINAL_EPOCH = -1
_LAST_EPOCH = 2**31 - 1


class Fetch(NamedTuple):
    """What the next request says. In a session the broker knows the rest from the requests before."""

    session: int
    epoch: int
    changed: Mapping[Partition, int]
    """Partitions new to the session, or to be read from another offset than the broker remembers."""
    forgotten: tuple[Partition, ...]


class FetchSession:
    """Remembers what the broker remembers, so that only differences travel.

    Each `plan` is followed by one of `accepted`, `expired` or `broken` before the next.
    """

    def __init__(self) -> None:
        self._id = _NO_SESSION
        self._epoch = _FIRST_EPOCH
        self._wanted: dict[Partition, int] = {}
        self._known: dict[Partition, int] = {}
        """What the broker has, the plan under way included."""
        self._changed: dict[Partition, int] = {}
        self._forgotten: dict[Partition, None] = {}

    def __len__(self) -> int:
        return len(self._wanted)

    @property
    def partitions(self) -> tuple[Partition, ...]:
        return tuple(self._wanted)

    def offset(self, partition: Partition) -> int:
        """The next offset that is wanted of a partition. Raises KeyError when none is."""
        return self._wanted[partition]

    def wanted(self, partition: Partition) -> int | None:
        """The next offset that is wanted of a partition, None when none is."""
        return self._wanted.get(partition)

    def want(self, partition: Partition, offset: int) -> None:
        """Read this partition, from this offset on."""
        self._wanted[partition] = offset
        self._forgotten.pop(partition, None)
        if self._known.get(partition) == offset:
            self._changed.pop(partition, None)
        else:
            self._changed[partition] = offset

    def drop(self, partition: Partition) -> None:
        """Read it no more."""
        self._wanted.pop(partition, None)
        self._changed.pop(partition, None)
        if partition in self._known:
            self._forgotten[partition] = None

    def is_current(self, partition: Partition) -> bool:
        """Whether what the broker answers now for a partition is from the offset that is wanted."""
        wanted = self._wanted.get(partition)
        return wanted is not None and self._known.get(partition) == wanted

    def plan(self) -> Fetch:
        if self._epoch == _FIRST_EPOCH:
            fetch = Fetch(self._id, self._epoch, dict(self._wanted), ())
            self._known.clear()
        else:
            fetch = Fetch(self._id, self._epoch, self._changed, tuple(self._forgotten))
        for partition in self._forgotten:
            self._known.pop(partition, None)
        self._known.update(fetch.changed)
        self._changed = {}
        self._forgotten = {}
        return fetch

    def farewell(self) -> Fetch | None:
        """The request that ends the session at the broker, if there is one."""
        if self._id == _NO_SESSION:
            return None
        fetch = Fetch(self._id, _FINAL_EPOCH, {}, ())
        self.expired()
        return fetch

    def accepted(self, session: int) -> None:
        """The broker answered. A session of 0 means that it keeps none for us: everything travels each time."""
        self._id = session
        if session == _NO_SESSION:
            self._epoch = _FIRST_EPOCH
        else:
            self._epoch = 1 if self._epoch == _LAST_EPOCH else self._epoch + 1

    def expired(self) -> None:
        """The broker does not know the session (any more): begin a new one."""
        self._id = _NO_SESSION
        self.broken()

    def broken(self) -> None:
        """It is unknown what the broker knows: end the session, if it is still there, and begin a new one."""
        self._epoch = _FIRST_EPOCH
        self._known.clear()
        self._forgotten.clear()
