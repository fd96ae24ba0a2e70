"""What a session asks of whoever drives it."""

from typing import NamedTuple

from schemas.commands import Command
from schemas.errors import CloseCode
from schemas.frames import Connect, Delivered, HistoryRequest, Read, Refresh, Sync, Typing


class Send(NamedTuple):
    """Put this frame, encoded, into the outbox."""

    frame: bytes


class Close(NamedTuple):
    """Close the socket after what was sent; the session is over."""

    code: CloseCode
    reason: str


class CloseLater(NamedTuple):
    """Close the socket like that when so many seconds are over, should it still be open."""

    seconds: float
    code: CloseCode
    reason: str


class Authenticate(NamedTuple):
    """Find out who this is: `connected` or `refused` is the answer."""

    frame: Connect


class Submit(NamedTuple):
    """Hand the command to Kafka: `accepted` or `failed` is the answer, in whatever order."""

    command: Command
    known_member: bool
    """The session has been told of the conversation, so its user is, or was until a moment ago, a member."""


class LoadHistory(NamedTuple):
    """`history` or `unanswered` is the answer."""

    frame: HistoryRequest


class LoadChanges(NamedTuple):
    """`resumed` in any number of parts and then `synced`, or `unanswered`, is the answer."""

    frame: Sync


class Reauthenticate(NamedTuple):
    """`refreshed` or `unanswered` is the answer."""

    frame: Refresh


class TellTyping(NamedTuple):
    """Let the other members know, if that can be done at once; there is no answer."""

    frame: Typing


class Acknowledge(NamedTuple):
    """Keep how far the user has come; there is no answer, except that he may not."""

    frame: Delivered | Read
    known_member: bool


Effect = (
    Send
    | Close
    | CloseLater
    | Authenticate
    | Submit
    | LoadHistory
    | LoadChanges
    | Reauthenticate
    | TellTyping
    | Acknowledge
)
