"""How far members have come in their conversations, and since when. It only ever grows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.receipts import MessageStatus, ReceiptKind


class Reader(NamedTuple):
    """A user in a conversation."""

    conversation: str
    user: str


class MemberCursor(NamedTuple):
    """The seqs up to which a member has got and has read everything; what is read is delivered."""

    delivered: int = 0
    read: int = 0

    def raised(self, delivered: int, read: int) -> "MemberCursor":
        return MemberCursor(max(self.delivered, delivered, read), max(self.read, read))


def status_of(seq: int, recipients: Collection[MemberCursor]) -> MessageStatus:
    """How far a message has come with all of its recipients; without any, it was sent."""
    if not recipients:
        return MessageStatus.SENT
    if all(cursor.read >= seq for cursor in recipients):
        return MessageStatus.READ
    everywhere = all(cursor.delivered >= seq for cursor in recipients)
    return MessageStatus.DELIVERED if everywhere else MessageStatus.SENT


@dataclass(frozen=True, slots=True)
class Mark:
    """What a member said of himself, at the time of its record."""

    reader: Reader
    delivered: int
    read: int
    at: datetime
    session: str | None = None
    """The socket that said so, when it was one alone."""

    @property
    def reached(self) -> MemberCursor:
        return MemberCursor().raised(self.delivered, self.read)


class RowKey(NamedTuple):
    reader: Reader
    kind: ReceiptKind
    seq: int


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """From `at` on a member had got, or had read, everything up to a seq; before that, everything up to `after`.

    A message's delivered or seen time is the least `at` of the rows with a seq not below its own.
    """

    key: RowKey
    after: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What one mark did: the cursor after it, and the rows it made (none when it said nothing new)."""

    mark: Mark
    cursor: MemberCursor
    rows: tuple[ReceiptRow, ...]


def fold(marks: Iterable[Mark], cursors: Mapping[Reader, MemberCursor]) -> tuple[Step, ...]:
    """Take marks in the order of the log, from where their readers stood."""
    reached = dict(cursors)
    steps = []
    for mark in marks:
        step = _step(mark, reached.get(mark.reader, MemberCursor()))
        reached[mark.reader] = step.cursor
        steps.append(step)
    return tuple(steps)


def _step(mark: Mark, before: MemberCursor) -> Step:
    after = before.raised(mark.delivered, mark.read)
    moves = ((ReceiptKind.DELIVERED, before.delivered, after.delivered), (ReceiptKind.READ, before.read, after.read))
    rows = (ReceiptRow(RowKey(mark.reader, kind, new), old, mark.at) for kind, old, new in moves if new > old)
    return Step(mark, after, tuple(rows))


def possible_rows(mark: Mark) -> tuple[RowKey, ...]:
    """The rows that a mark made when it was handled for the first time, if it said anything new then."""
    reached = mark.reached
    kinds = ((ReceiptKind.DELIVERED, reached.delivered), (ReceiptKind.READ, reached.read))
    return tuple(RowKey(mark.reader, kind, seq) for kind, seq in kinds if seq)


def made_by(mark: Mark, found: Iterable[ReceiptRow]) -> tuple[ReceiptRow, ...]:
    """Those of the stored rows that this very mark made."""
    return tuple(row for row in found if row.at == mark.at)


def covered(rows: Collection[ReceiptRow]) -> tuple[int, int]:
    """What these rows newly cover: the seqs above the first number and up to the second."""
    return min(row.after for row in rows), max(row.key.seq for row in rows)
