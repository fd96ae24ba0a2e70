"""The one catalogue of what can go wrong in a client's eyes, over WebSocket and HTTP alike."""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from schemas.base import Produced, absent


class ErrorCode(StrEnum):
    INVALID_FRAME = "invalid_frame"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NOT_A_MEMBER = "not_a_member"
    CONVERSATION_ENDED = "conversation_ended"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    CONTENT_FORBIDDEN = "content_forbidden"
    CONFLICT = "conflict"
    WRONG_PASSWORD = "wrong_password"
    WRONG_CODE = "wrong_code"
    LOCKED_OUT = "locked_out"
    UNAVAILABLE = "unavailable"
    UNKNOWN_OUTCOME = "unknown_outcome"
    INTERNAL = "internal"


class ErrorKind(NamedTuple):
    status: int
    """The HTTP status it answers with."""
    retry: bool
    """Whether trying again, with the same id, may help."""
    message: str
    """What a person is told when the place it happened has nothing better to say."""


CATALOGUE: dict[ErrorCode, ErrorKind] = {
    ErrorCode.INVALID_FRAME: ErrorKind(400, False, "The request is not of a form this server understands."),
    ErrorCode.UNSUPPORTED_PROTOCOL: ErrorKind(400, False, "This server speaks protocol version 1."),
    ErrorCode.UNAUTHENTICATED: ErrorKind(401, False, "Sign in first."),
    ErrorCode.TOKEN_EXPIRED: ErrorKind(401, False, "The access token has expired: refresh it."),
    ErrorCode.FORBIDDEN: ErrorKind(403, False, "You may not do this."),
    ErrorCode.NOT_FOUND: ErrorKind(404, False, "There is no such thing, or not for you."),
    ErrorCode.NOT_A_MEMBER: ErrorKind(403, False, "You are not a member of this conversation any more."),
    ErrorCode.CONVERSATION_ENDED: ErrorKind(410, False, "The conversation has ended."),
    ErrorCode.TOO_LARGE: ErrorKind(413, False, "That is too large."),
    ErrorCode.RATE_LIMITED: ErrorKind(429, True, "Too fast: slow down."),
    ErrorCode.CONTENT_FORBIDDEN: ErrorKind(422, False, "The text contains something that is not allowed here."),
    ErrorCode.CONFLICT: ErrorKind(409, False, "That is taken or was changed meanwhile."),
    ErrorCode.WRONG_PASSWORD: ErrorKind(403, False, "The password is wrong."),
    ErrorCode.WRONG_CODE: ErrorKind(403, False, "The code is wrong."),
    ErrorCode.LOCKED_OUT: ErrorKind(429, True, "Too many wrong tries: wait."),
    ErrorCode.UNAVAILABLE: ErrorKind(503, True, "The service is not available right now: try again."),
    ErrorCode.UNKNOWN_OUTCOME: ErrorKind(504, True, "It may or may not have been done: try again with the same id."),
    ErrorCode.INTERNAL: ErrorKind(500, True, "Something went wrong on our side."),
}


class ErrorBody(Produced):
    """What a client is told of a failure."""

    code: ErrorCode
    message: str
    retry: bool
    retry_after: float | None = absent()
    """Seconds to wait before that, where they are known."""

    @classmethod
    def of(cls, code: ErrorCode, message: str | None = None, retry_after: float | None = None) -> "ErrorBody":
        """The catalogue's words for `code`, or `message` where the place knows better."""
        kind = CATALOGUE[code]
        return cls(code=code, message=message or kind.message, retry=kind.retry, retry_after=retry_after)


class CloseCode(IntEnum):
    """WebSocket close codes: those of RFC 6455 that are used, and Parley's own in 4400-4499."""

    NORMAL = 1000
    GOING_AWAY = 1012
    """The edge restarts: reconnect elsewhere, with jitter."""
    BAD_FRAME = 4400
    AUTHENTICATE = 4401
    CONNECT_TIMEOUT = 4408
    REPLACED = 4409
    TOO_LARGE = 4413
    TOO_FAST = 4429
    TOO_SLOW = 4430

    @property
    def terminal(self) -> bool:
        """Whether a client that comes back unchanged will be closed again."""
        return self in (CloseCode.BAD_FRAME, CloseCode.REPLACED, CloseCode.TOO_LARGE)
