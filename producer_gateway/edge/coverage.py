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
    """The newest `capacity` conversations; for a forgotten one doubles are the client's to drop."""

    __slots__ = ("_capacity", "_covered")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._covered: dict[str, Covered] = {}

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._covered

    def covers(self, conversation: str, epoch: str, rev: int) -> bool:
        covered = self._covered.get(conversation)
        return covered is not None and covered.epoch == epoch and rev <= covered.rev

    def advance(self, conversation: str, epoch: str, rev: int) -> None:
        """Everything up to `rev` is covered now; within one numbering this only grows."""
        if not self.covers(conversation, epoch, rev):
            self.restart(conversation, epoch, rev)

    def restart(self, conversation: str, epoch: str, rev: int) -> None:
        """The client begins anew at `rev`, wherever it was."""
        known = self._covered.get(conversation)
        if known is not None and known.epoch == epoch:
            self._covered[conversation] = Covered(known.epoch, rev)
            return
        # The members of a conversation share these strings, however many of them are here.
        self._covered[sys.intern(conversation)] = Covered(sys.intern(epoch), rev)
        if len(self._covered) > self._capacity:
            del self._covered[next(iter(self._covered))]

    def forget(self, conversation: str) -> None:
        self._covered.pop(conversation, None)

    def cursors(self) -> Mapping[str, Cursor]:
        return {name: Cursor(epoch=covered.epoch, rev=covered.rev) for name, covered in self._covered.items()}
