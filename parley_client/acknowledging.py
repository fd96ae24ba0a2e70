"""What the application has got and has read, and what of it the server has been told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parley_client.models import Summary

GATHER_SECONDS = 0.1
"""What the application gets of one conversation within so long is told in one frame."""


@dataclass(slots=True)
class _Own:
    delivered: int = 0
    read: int = 0
    told_delivered: int = 0
    told_read: int = 0

    @property
    def has_news(self) -> bool:
        return self.delivered > self.told_delivered or self.read > self.told_read

    def told(self, delivered: int, read: int) -> None:
        self.told_delivered, self.told_read = max(self.told_delivered, delivered), max(self.told_read, read)

    def reach(self, delivered: int, read: int) -> None:
        self.delivered, self.read = max(self.delivered, delivered, read), max(self.read, read)


class Acknowledgements:
    """There is no answer to `delivered` and `read`: what a new socket's snapshot does not show is told again. `now` is
    any steady clock's seconds."""

    def __init__(self) -> None:
        self._own: dict[str, _Own] = {}
        self._due: dict[str, float] = {}

    def reach(self, conversation: str, now: float, *, delivered: int = 0, read: int = 0) -> None:
        """The application has everything up to the one seq, and its user has read everything up to the other."""
        own = self._own.setdefault(conversation, _Own())
        own.reach(delivered, read)
        self._plan(conversation, own, now)

    def shown(self, conversation: str, delivered: int, read: int) -> None:
        """So much the server knows, from whichever device."""
        if conversation in self._own:
            self._own[conversation].told(delivered, read)

    def begin(self, me: str, summaries: Iterable[Summary], now: float) -> None:
        """A new socket: all that its snapshot shows is known there, and nothing else for certain."""
        known = {one.id: member for one in summaries for member in one.members if member.user == me}
        for conversation, own in self._own.items():
            member = known.get(conversation)
            own.told_delivered = 0 if member is None else member.delivered
            own.told_read = 0 if member is None else member.read
            self._plan(conversation, own, now)

    def forget(self, conversation: str) -> None:
        """It is not the user's any more, or begins anew."""
        self._own.pop(conversation, None)
        self._due.pop(conversation, None)

    def next_due(self) -> float | None:
        return min(self._due.values(), default=None)

    def take_due(self, now: float) -> list[Mapping[str, Any]]:
        """The frames that are to be sent by now."""
        due = [conversation for conversation, at in self._due.items() if at <= now]
        for conversation in due:
            del self._due[conversation]
        return [frame for conversation in due for frame in self._frames(conversation)]

    def _plan(self, conversation: str, own: _Own, now: float) -> None:
        if own.has_news:
            self._due.setdefault(conversation, now + GATHER_SECONDS)

    def _frames(self, conversation: str) -> Iterable[Mapping[str, Any]]:
        own = self._own[conversation]
        if own.read > own.told_read:
            own.told(own.read, own.read)
            yield {"type": "read", "conversation": conversation, "seq": own.read}
        if own.delivered > own.told_delivered:
            own.told(own.delivered, own.told_read)
            yield {"type": "delivered", "conversation": conversation, "seq": own.delivered}
