"""Judges deadlines by what they do: who left is told to be offline when his time to come back is over, whoever died
meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

GRACE_SECONDS = 5.0
"""Whoever is back by then was never away."""
USUAL_SECONDS = 10.0
"""From the deadline to what is told of it, on a busy machine."""
JOIN_SECONDS = 10.0
"""From a process that answers to one whose groups gave it its partitions back."""
LEASE_SECONDS = 30.0
"""What was in hand when its process died is in hand again by then."""
MADE_UP_SECONDS = 45.0
"""A report that was lost with its edge, or could not be written, is made up for by then."""
KEEPER = "session-expiry"


class DeadlineFault(StrEnum):
    LATE = "deadline late"
    """It was kept after a restart and more."""
    MISSED = "deadline missed"
    """It was not kept at all, as long as there was something to be told."""


class Found(NamedTuple):
    fault: DeadlineFault
    user: str
    detail: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.user} {self.detail}"


class Leave(NamedTuple):
    """Somebody was away. Times are seconds of one clock."""

    user: str
    left: float
    until: float
    """When he came back, or was looked at for the last time."""
    told: float | None
    """When he was first told to be offline."""

    @property
    def due(self) -> float:
        return self.left + GRACE_SECONDS


class Outage(NamedTuple):
    """A process was killed."""

    kind: str
    killed: float
    over: float
    """When everything flowed again."""


def judge(leaves: Iterable[Leave], outages: Sequence[Outage]) -> Iterator[Found]:
    for leave in leaves:
        allowed = _allowed(leave, outages)
        if leave.told is not None and leave.told > allowed:
            yield Found(DeadlineFault.LATE, leave.user, f"by {leave.told - leave.due:.1f} s")
        elif leave.told is None and leave.until > allowed:
            yield Found(DeadlineFault.MISSED, leave.user, f"for {leave.until - leave.due:.1f} s")


def figures(leaves: Sequence[Leave]) -> dict[str, float | int]:
    late = [leave.told - leave.due for leave in leaves if leave.told is not None]
    due = sum(leave.until > leave.due for leave in leaves)
    return {"deadlines due": due, "kept": len(late), "late at most s": max(late, default=0.0)}


def _allowed(leave: Leave, outages: Iterable[Outage]) -> float:
    """By when he has to be told to be offline: at once, or when those who tell are back."""
    allowed = leave.due + USUAL_SECONDS
    for outage in sorted(outages, key=lambda outage: outage.killed):
        if outage.killed <= allowed and outage.over + JOIN_SECONDS >= leave.left:
            allowed = max(allowed, _back(outage, leave.due))
    return allowed


def _back(outage: Outage, due: float) -> float:
    at_work = outage.over + JOIN_SECONDS
    if outage.kind != KEEPER:
        return max(at_work, outage.killed + MADE_UP_SECONDS) + USUAL_SECONDS
    in_hand = due <= outage.killed <= due + USUAL_SECONDS
    return max(at_work, outage.killed + LEASE_SECONDS if in_hand else 0.0) + USUAL_SECONDS
