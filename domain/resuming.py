"""What a client that comes back with a cursor is answered: all it missed, or an honest word that it cannot be."""

from enum import Enum, auto


class Resume(Enum):
    NOTHING = auto()
    """The client has everything."""
    CHANGES = auto()
    RESET = auto()
    """Its cursor belongs to another numbering, or to a future this one never reached."""


def resume(cursor_epoch: str, cursor_rev: int, epoch: str, rev: int) -> Resume:
    if cursor_epoch != epoch or cursor_rev > rev:
        return Resume.RESET
    return Resume.NOTHING if cursor_rev == rev else Resume.CHANGES
