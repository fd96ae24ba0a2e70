"""How far a client has been told of each of its conversations."""

import sys
from collections.abc import Mapping
from typing import NamedTuple

from schemas.frames import Cursor


class Covered(NamedTuple):
    """Everything up to this rev of this numbering was sent, or is what the client has as it said itself."""

    epoch: str
    rev: int


class Coverage:
    """The newest `capacity` conversations, and as many of those that are gone; for a forgotten one doubles are the
    client's to drop."""

    __slots__ = ("_capacity", "_covered", "_gone")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._covered: dict[str, Covered] = {}
        self._gone: dict[str, Covered] = {}
        """How far the client had been told when it was told that the conversation is not its user's any more."""

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._covered

    def covers(self, conversation: str, epoch: str, rev: int) -> bool:
        return _reaches(self._covered.get(conversation) or self._gone.get(conversation), epoch, rev)

    def is_gone(self, conversation: str) -> bool:
        return conversation in self._gone

    def is_past(self, conversation: str, rev: int) -> bool:
        """Whether the client has been told of later changes than this one; 0 stands for one that is not known."""
        covered = self._covered.get(conversation)
        return covered is not None and 0 < rev < covered.rev

    def advance(self, conversation: str, epoch: str, rev: int) -> None:
        """Everything up to `rev` is covered now; within one numbering this only grows, until it is gone."""
        if not _reaches(self._covered.get(conversation), epoch, rev):
            self.restart(conversation, epoch, rev)

    def restart(self, conversation: str, epoch: str, rev: int) -> None:
        """The client begins anew at `rev`, wherever it was."""
        known = self._covered.get(conversation)
        if known is not None and known.epoch == epoch:
            self._covered[conversation] = Covered(known.epoch, rev)
            return
        self._gone.pop(conversation, None)
        # The members of a conversation share these strings, however many of them are here.
        self._covered[sys.intern(conversation)] = Covered(sys.intern(epoch), rev)
        self._bound(self._covered)

    def end(self, conversation: str) -> None:
        """It is not the user's any more. What the client had of it stays covered until it comes back."""
        covered = self._covered.pop(conversation, None)
        if covered is not None:
            self._gone[conversation] = covered
            self._bound(self._gone)

    def _bound(self, kept: dict[str, Covered]) -> None:
        if len(kept) > self._capacity:
            del kept[next(iter(kept))]

    def cursors(self) -> Mapping[str, Cursor]:
        return {name: Cursor(epoch=covered.epoch, rev=covered.rev) for name, covered in self._covered.items()}


def _reaches(covered: Covered | None, epoch: str, rev: int) -> bool:
    return covered is not None and covered.epoch == epoch and rev <= covered.rev
