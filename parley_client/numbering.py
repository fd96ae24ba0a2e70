"""One conversation's changes, put in order: each once, none skipped without being asked for."""

from collections.abc import Iterable, Mapping, Sequence

from parley_client.models import Message

MAX_AHEAD = 1000
"""How many messages beyond a hole are kept. More need not be: what fills the hole brings them again."""


class Numbering:
    """A cursor (epoch, rev), what lies beyond a hole in front of it, and whether the server has to be asked."""

    __slots__ = ("_ahead", "_foreign", "_head", "_more", "_unsure", "duplicates", "epoch", "gone", "rev")

    def __init__(self, epoch: str, rev: int) -> None:
        self.epoch = epoch
        self.rev = rev
        self.gone = False
        """Not this user's any more: late pushes are let pass until a summary names it again."""
        self.duplicates = 0
        self._head = rev
        """The highest rev of this epoch that is known to exist."""
        self._more = False
        self._unsure = False
        """The socket was gone, and the server has not been asked yet what came meanwhile."""
        self._ahead: dict[int, Message] = {}
        self._foreign: dict[tuple[str, int], Message] = {}
        """Pushes of other epochs: a `reset` to theirs is on its way, or they are leftovers of a former one."""

    @property
    def behind(self) -> bool:
        """Whether there is something that only a `sync` can bring."""
        return not self.gone and (self.rev < self._head or self._more or self._unsure or bool(self._foreign))

    @property
    def cursor(self) -> tuple[str, int]:
        return self.epoch, self.rev

    def push(self, message: Message) -> Sequence[Message]:
        """Take a pushed message; returns what is next in order now."""
        if message.epoch != self.epoch:
            return self._keep_foreign(message)
        if message.rev <= self.rev or message.rev in self._ahead:
            self.duplicates += 1
            return ()
        self._head = max(self._head, message.rev)
        if len(self._ahead) < MAX_AHEAD or message.rev == self.rev + 1:
            self._ahead[message.rev] = message
        return self._in_order()

    def _keep_foreign(self, message: Message) -> Sequence[Message]:
        if len(self._foreign) < MAX_AHEAD:
            self._foreign[message.epoch, message.rev] = message
        return ()

    def changes(self, epoch: str, after: int, to: int, messages: Iterable[Message], *, more: bool) -> Sequence[Message]:
        """Take all that changed in (after, to]; returns what is next in order now.

        A message that changed again later is missing at its earlier revs: that is no hole.
        """
        if epoch != self.epoch:
            self._unsure = True
            return ()
        self._head = max(self._head, to)
        if after > self.rev:
            return ()
        fresh = sorted((message for message in messages if self.rev < message.rev <= to), key=lambda found: found.rev)
        if to >= self.rev:
            self._more = more
            self._move(to)
        return (*fresh, *self._in_order())

    def reset(self, epoch: str, rev: int) -> Sequence[Message]:
        """Begin anew after `rev`; returns what came ahead of the reset and is next in order now."""
        known: Mapping[int, Message] = {r: m for (e, r), m in self._foreign.items() if e == epoch}
        if epoch == self.epoch:
            known = self._ahead
        self.epoch, self.rev, self.gone, self._more, self._unsure = epoch, rev, False, False, False
        self._foreign = {}
        self._ahead = {found: message for found, message in known.items() if found > rev}
        self._head = max(self._ahead, default=rev)
        return self._in_order()

    def leave(self) -> None:
        """It is gone; should it come back, it goes on from here."""
        self.gone = True
        self._forget_ahead()

    def come_back(self, rev: int) -> None:
        """It is this user's again, and its changes reach up to `rev`."""
        self.gone = False
        self._unsure = True
        self.expect(rev)

    def interrupt(self) -> None:
        """The socket is gone: what was ahead will come again, from the cursor on."""
        self._forget_ahead()
        self._unsure = True

    def answered(self) -> None:
        """The server has been asked from the cursor on."""
        self._unsure = False

    def expect(self, rev: int) -> None:
        """The server says that its changes reach up to here."""
        self._head = max(self._head, rev)

    def _forget_ahead(self) -> None:
        self._ahead, self._foreign, self._more = {}, {}, False
        self._head = self.rev

    def foreign(self) -> frozenset[tuple[str, int]]:
        return frozenset(self._foreign)

    def up_to_date(self, leftovers: Iterable[tuple[str, int]]) -> None:
        """The server had nothing beyond the cursor, and knew of no other epoch when these had come."""
        self._more = False
        for leftover in leftovers:
            self._foreign.pop(leftover, None)

    def _move(self, rev: int) -> None:
        self.rev = rev
        self._ahead = {found: message for found, message in self._ahead.items() if found > rev}

    def _in_order(self) -> Sequence[Message]:
        ready = []
        while (message := self._ahead.pop(self.rev + 1, None)) is not None:
            self.rev += 1
            ready.append(message)
        return ready
