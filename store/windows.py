"""Which part of a conversation's history a reader asked for, as at most two stretches of seqs."""

from collections.abc import Sequence
from typing import NamedTuple


class Stretch(NamedTuple):
    """At most `limit` messages with a seq in (`above`, `below`), those nearest to the open end it starts from."""

    above: int | None
    below: int | None
    descending: bool
    limit: int

    def holds(self, seq: int) -> bool:
        return (self.above is None or seq > self.above) and (self.below is None or seq < self.below)


def window(before: int | None, after: int | None, around: int | None, limit: int) -> Sequence[Stretch]:
    """The stretches to read, older first; together they hold at most `limit` messages."""
    if around is not None:
        older = limit // 2 + 1
        return (
            Stretch(None, around + 1, descending=True, limit=older),
            Stretch(around, None, descending=False, limit=limit - older),
        )
    if after is not None:
        return (Stretch(after, None, descending=False, limit=limit),)
    return (Stretch(None, before, descending=True, limit=limit),)
