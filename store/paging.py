"""Where a list of conversations, newest change first, is continued: after the last one that was shown."""

from datetime import datetime
from typing import NamedTuple

from schemas.times import from_millis, to_millis


class Place(NamedTuple):
    updated_at: datetime
    conversation: str

    def __str__(self) -> str:
        return f"{to_millis(self.updated_at)}.{self.conversation}"


def parse_place(text: str) -> Place:
    """Raises ValueError for what no Place ever was written as."""
    millis, dot, conversation = text.partition(".")
    if not (millis.isascii() and millis.isdigit() and len(millis) < 15 and dot and conversation.startswith("c_")):
        raise ValueError("not a place in a list of conversations")
    return Place(from_millis(int(millis)), conversation)
