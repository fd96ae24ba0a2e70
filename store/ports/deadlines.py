"""Timers that outlive a process."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something to be done at a time, kept whatever happens to whoever has to do it."""

    id: str
    kind: str
    at: datetime
    payload: Mapping[str, str]


class Deadlines(Protocol):
    """Durable timers, on the store's clock. Each fires at least once: whoever handles it may die before he says so."""

    async def set(self, deadlines: Sequence[Deadline]) -> None:
        """Keep these. One that was set before under the same id is replaced by a later one, and left by an earlier."""

    async def claim(self, kind: str, holder: str, lease_seconds: float, limit: int) -> Sequence[Deadline]:
        """Take in hand some of those whose time has come, the earliest first; until the lease is over nobody else gets
        them. `holder` names this claim, and never another."""

    async def done(self, holder: str, ids: Iterable[str]) -> None:
        """Those of this claim are over, but for any that was set anew meanwhile."""

    async def overdue_seconds(self, kind: str) -> float:
        """How long the earliest has been due; 0 when none is."""
