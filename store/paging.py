"""Where a list is continued: after the last one that was shown. Conversations have the newest change first, found
messages the newest message."""

from datetime import datetime
from typing import NamedTuple

from schemas.times import from_millis, to_millis


class Place(NamedTuple):
    updated_at: datetime
    conversation: str

    def __str__(self) -> str:
        return f"{to_millis(self.updated_at)}.{self.conversation}"


class FoundPlace(NamedTuple):
    sent_at: datetime
    conversation: str
    seq: int

    def __str__(self) -> str:
        return f"{to_millis(self.sent_at)}.{self.conversation}.{self.seq}"


def parse_found_place(text: str) -> FoundPlace:
    """Raises ValueError for what no FoundPlace ever was written as."""
    rest, _, seq = text.rpartition(".")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= 10):
        raise ValueError("not a place in a list of found messages")
    return FoundPlace(*parse_place(rest), int(seq))


def parse_place(text: str) -> Place:
    """Raises ValueError for what no Place ever was written as."""
    millis, dot, conversation = text.partition(".")
    if not (millis.isascii() and millis.isdigit() and len(millis) < 15 and dot and conversation.startswith("c_")):
        raise ValueError("not a place in a list of conversations")
    return Place(from_millis(int(millis)), conversation)
