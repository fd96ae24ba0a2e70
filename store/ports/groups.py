"""Passwords of groups, guesses at them, and conversations that have ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from schemas.messages import ConversationKind

ATTEMPTS_REMEMBERED = timedelta(days=1)
"""Tries at a secret count for so long after the last of them."""

PASSWORDS_KEPT = timedelta(days=14)
"""Longer than a command that brings one into force can be on its way: six days in its sender's topic, seven in
`conversations`."""


class GroupPassword(NamedTuple):
    version: str
    hash: str


class GroupPasswords(Protocol):
    """The hashes of the passwords by which groups can be joined. Which one is in force, the conversation says."""

    async def put(self, conversation: str, password: GroupPassword) -> None:
        """Keep one, for when it comes into force."""

    async def forget_superseded(self, now: datetime, limit: int) -> int:
        """Remove those that were kept for PASSWORDS_KEPT and are not in force; those that are, are looked at again
        when as much time has passed. Looks at so many at most, and returns at how many."""

    async def current(self, conversation: str) -> GroupPassword | None:
        """The one that is in force. None for a group without one, and for what does not exist."""


class Attempts(Protocol):
    """Tries at secrets, counted before each is judged, so that many at once are as many."""

    async def begin(self, subject: str, free: int, longest_seconds: float) -> float:
        """Count a try. Returns 0.0, or for how many seconds there may be none; it is not counted then. After `free`
        tries without a success each locks the subject out: for a second, then twice as long each time, up to the
        longest. A day without a try forgets them."""

    async def succeed(self, subject: str) -> None:
        """Forget the tries."""

    async def made(self, subject: str) -> int:
        """How many tries count against it."""

    async def take_back(self, subject: str) -> None:
        """The last try was none: it counts no more, nor does it lock out."""


class Endings(Protocol):
    """What is left of conversations that have ended, to be destroyed; a tombstone stays."""

    async def due(self, kind: ConversationKind, ended_before: datetime, limit: int) -> Sequence[str]:
        """Conversations of this kind that ended before this instant and are not destroyed, those first that ended
        first."""

    async def destroy(self, conversation: str) -> None:
        """Remove its messages, outcomes, members, cursors, receipts and passwords; of an ephemeral chat also its
        users, with their sessions and the tries at their codes, and its deadlines. Doing it again is fine. A command
        that is decided meanwhile or later, and can only be refused, has the conversation be due once more."""
