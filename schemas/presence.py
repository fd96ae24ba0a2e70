"""What stands in `presence`: that a user's sockets may have changed. The sockets themselves are in MongoDB; a record
says whose to look at, and what is known of the change."""

from enum import StrEnum

from schemas.base import Consumed, absent
from schemas.ids import SessionId, UserId
from schemas.times import Instant

SCHEMA_NAME = "presence"
SCHEMA_VERSION = 1


class Sign(StrEnum):
    OPENED = "opened"
    """A socket was registered."""
    CLOSED = "closed"
    """A socket was removed by its edge. He may be on his way to another."""
    LOST = "lost"
    """Sockets of a dead edge were removed, long after it died."""
    AWAY = "away"
    """He had no socket at `since`, and was given the time to come back."""
    MET = "met"
    """He has come to share a conversation with those of `to`."""
    DOUBT = "doubt"
    """What is told of him and his sockets did not agree."""


class PresenceReport(Consumed):
    type: Sign
    user: UserId
    session: SessionId | None = absent()
    """The socket that was opened or closed."""
    since: Instant | None = absent()
    to: tuple[UserId, ...] | None = absent()
