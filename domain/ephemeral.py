"""Ephemeral chats: two seats, what may be in their names, and when a chat ends by itself."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.identity import folded
from domain.sealing import WrappedKey

MAX_NAME = 40
_REASONS = frozenset(("expired", "inactivity"))
"""What may stand in a name's place where it is told who ended a chat."""
WARNING = timedelta(minutes=1)
"""So long before a chat ends for silence both are told; of short silences, half as long."""
TIMERS = "chat"
"""The kind of deadline that ends chats."""


class Timer(StrEnum):
    """What may end a chat by itself: a seat that nobody enters, its age, silence. (Who lost his connection has the time
    that presence gives everybody to come back, before the other is told that he left.)"""

    UNCLAIMED = "unclaimed"
    AGE = "age"
    SILENCE = "silence"


def timer_id(conversation: str, which: Timer) -> str:
    """The id of a chat's deadline: all of one chat begin alike, and go with it."""
    return f"{timer_prefix(conversation)}{which.value}"


def timer_prefix(conversation: str) -> str:
    return f"{TIMERS}/{conversation}/"


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the two places in a chat. `user` is who sits there, in the conversation and in Kafka."""

    user: str
    name: str
    token_hash: str
    wrapped: WrappedKey
    claimed_at: datetime | None = None
    """When somebody first got in."""


@dataclass(frozen=True, slots=True)
class EphemeralChat:
    """What is kept of a chat beside its conversation, from its beginning to its end."""

    conversation: str
    seats: tuple[Seat, Seat]
    created_at: datetime
    expires_at: datetime
    """When it ends, whatever is said in it."""
    inactivity: timedelta
    """It ends when nothing was said for so long, from when both were there."""

    def seat(self, token_hash: str) -> Seat:
        """The seat of that link."""
        return next(seat for seat in self.seats if seat.token_hash == token_hash)

    def seat_of(self, user: str) -> Seat:
        return next(seat for seat in self.seats if seat.user == user)

    def peer(self, user: str) -> Seat:
        """The other one's seat."""
        return next(seat for seat in self.seats if seat.user != user)

    @property
    def begun_at(self) -> datetime | None:
        """When the second one got in; None as long as somebody has not."""
        first, second = (seat.claimed_at for seat in self.seats)
        return None if first is None or second is None else max(first, second)


def clean_name(name: str) -> str:
    """A name as it is kept. Raises ValueError when it cannot be one."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise ValueError(f"a name has 1 to {MAX_NAME} characters")
    if any(unicodedata.category(character).startswith("C") for character in cleaned):
        raise ValueError("a name has no control characters")
    if folded(cleaned) in _REASONS:
        raise ValueError("a name is none of what is told when a chat ends by itself: expired, inactivity")
    return cleaned


def same_name(one: str, other: str) -> bool:
    """Whether two names are one to people: case and ways of writing a letter do not matter."""
    return folded(" ".join(one.split())) == folded(" ".join(other.split()))


@dataclass(frozen=True, slots=True)
class Inactive:
    """What to do about a silent chat: look again `at` a time, and, when `warn`, say that it ends then."""

    at: datetime
    warn: bool = False


def silence(
    last: datetime, inactivity: timedelta, warning: timedelta, now: datetime, *, warned: bool
) -> Inactive | None:
    """What a chat's silence since `last` comes to; None: it is over, and both were warned of that.

    A warning always comes first, and a chat never ends sooner after it than it was said to: when nobody looked for a
    while, both times move.
    """
    ends_at = last + inactivity
    if warned and now >= ends_at:
        return None
    warn_at = _warned_at(ends_at, inactivity, warning)
    if now < warn_at:
        return Inactive(warn_at)
    return Inactive(max(ends_at, now + (ends_at - warn_at)), warn=True)


def ending_at(last: datetime, inactivity: timedelta, now: datetime) -> datetime | None:
    """When a chat ends that has been silent since `last`, once both are to be warned of that: whoever comes is told."""
    ends_at = last + inactivity
    return ends_at if now >= _warned_at(ends_at, inactivity, WARNING) else None


def _warned_at(ends_at: datetime, inactivity: timedelta, warning: timedelta) -> datetime:
    return ends_at - min(warning, inactivity / 2)
