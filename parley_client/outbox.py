"""Commands and what became of them: each is kept until the server names its outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from parley_client.backoff import Backoff
from parley_client.errors import OutboxFull
from parley_client.events import SendState, SentMessage
from parley_client.models import ErrorBody

UNANSWERED = Backoff(base=10.0, cap=60.0)
"""A command without an outcome is sent again, under the same id, after so long on one socket."""
FAILED = Backoff(base=1.0, cap=30.0)
"""The same after an error that says that a retry may help, for all that have no answer, in order."""


@dataclass(slots=True)
class _Entry:
    frame: Mapping[str, Any]
    sent: SentMessage
    tries: int
    due: float
    """When it is to be sent again. Meaningless while there is no socket."""


class Outbox:
    """At most `limit` commands, in the order in which they were given.

    After a failure that a retry may help, everything waits for the one retry and goes again in that order, what was
    given meanwhile behind it: commands retried each by itself would overtake one another.
    """

    def __init__(self, random: Random, limit: int) -> None:
        self._random = random
        self._limit = limit
        self._entries: dict[str, _Entry] = {}
        self._failures = 0
        """In a row, of whichever command."""
        self._retry_at: float | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def unsettled(self) -> Sequence[SentMessage]:
        """Those without an outcome, in order."""
        return tuple(entry.sent for entry in self._entries.values())

    def put(self, sent: SentMessage, frame: Mapping[str, Any], now: float) -> bool:
        """Keep a command; whether it may be sent at once, or has to wait behind others. Raises OutboxFull."""
        if len(self._entries) >= self._limit:
            raise OutboxFull(f"{self._limit} commands wait for their outcome")
        self._entries[sent.id] = _Entry(frame, sent, 0, now + UNANSWERED.wait(0, self._random))
        return self._retry_at is None

    def resend_all(self, now: float) -> list[Mapping[str, Any]]:
        """Everything that is left, in order: a new socket begins with it."""
        self._retry_at = None
        for entry in self._entries.values():
            entry.tries = 0
            entry.due = now + UNANSWERED.wait(0, self._random)
        return [entry.frame for entry in self._entries.values()]

    def resend_due(self, now: float) -> list[Mapping[str, Any]]:
        """What is to be sent again by now, in order."""
        due = self._due(now)
        for entry in due:
            entry.tries += 1
            entry.due = now + UNANSWERED.wait(entry.tries, self._random)
        return [entry.frame for entry in due]

    def _due(self, now: float) -> list[_Entry]:
        if self._retry_at is not None:
            if self._retry_at > now:
                return []
            self._retry_at = None
            return [e for e in self._entries.values() if e.due <= now or e.sent.state is SendState.SENDING]
        return [entry for entry in self._entries.values() if entry.due <= now]

    def next_due(self) -> float | None:
        if self._retry_at is not None:
            return self._retry_at
        return min((entry.due for entry in self._entries.values()), default=None)

    # Answers. Each returns the new state where it is news; an answer to nothing that is kept is an old one.

    def accepted(self, command: str, at: datetime) -> SentMessage | None:
        self._failures = 0
        entry = self._entries.get(command)
        if entry is None or entry.sent.state is SendState.ACCEPTED:
            return None
        entry.sent = replace(entry.sent, state=SendState.ACCEPTED, at=at)
        return entry.sent

    def stored(self, command: str, seq: int, rev: int) -> SentMessage | None:
        entry = self._entries.pop(command, None)
        return None if entry is None else replace(entry.sent, state=SendState.SENT, seq=seq, rev=rev)

    def rejected(self, command: str, error: ErrorBody) -> SentMessage | None:
        entry = self._entries.pop(command, None)
        return None if entry is None else replace(entry.sent, state=SendState.REJECTED, error=error)

    def failed(self, command: str, error: ErrorBody, now: float) -> bool:
        """An error is no outcome: the command stays, and is sent again soon if that may help. False: not kept here."""
        entry = self._entries.get(command)
        if entry is not None and error.retry and self._retry_at is None:
            self._retry_at = now + max(FAILED.wait(self._failures, self._random), error.retry_after or 0.0)
            self._failures += 1
        return entry is not None
