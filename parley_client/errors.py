"""What can go wrong in a client's hands.

ParleyError
├── RequestFailed         the server answered with an error; `code` and `retry` as in its catalogue
│   ├── Unauthenticated   sign in (again)
│   ├── WrongPassword
│   ├── NotFound          there is no such thing, or not for this user
│   ├── Conflict          that name is taken
│   └── Rejected          a command was refused for good
├── Unreachable           no answer came: it may or may not have been done
├── OutboxFull            too many commands wait for their outcome; nothing was taken
├── FrameTooLarge         the server would close the socket over it; nothing was taken
├── StillSending          no outcome in time; the command stays in the outbox and goes on being sent
├── BadFrame              the server sent something that is not of this protocol
└── Closed                the connection is over for good: coming back unchanged would not help
"""

from schemas.errors import ErrorCode


class ParleyError(Exception):
    """Any failure that this client reports."""


class RequestFailed(ParleyError):
    """The server's own word that something failed."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry: bool,
        retry_after: float | None = None,
        tries_left: int | None = None,
    ) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.retry = retry
        """Whether trying again, with the same id, may help."""
        self.retry_after = retry_after
        """Seconds to wait before that, where the server said so."""
        self.tries_left = tries_left
        """Of a wrong code: how many more tries there are before each has to wait, where the server said so."""


class Unauthenticated(RequestFailed):
    """The access token or the refresh cookie is missing, expired or revoked."""


class WrongPassword(RequestFailed):
    """The username or the password is wrong; or the code of a seat."""


class NotFound(RequestFailed):
    """There is no such thing, or not for this user."""


class Conflict(RequestFailed):
    """It is taken, or was changed meanwhile."""


class Rejected(RequestFailed):
    """A command was refused; its id has this outcome for ever."""


class Unreachable(ParleyError):
    """The server did not answer in time, or not at all. Repeating the request with the same id is safe."""


class OutboxFull(ParleyError):
    """The outbox holds all the unanswered commands it may."""


class FrameTooLarge(ParleyError):
    """A command is larger than the protocol allows a frame to be."""


class StillSending(ParleyError):
    """A wait for an outcome ran out. The command `id` is kept and sent until it has one."""

    def __init__(self, command: str) -> None:
        super().__init__(f"no outcome of {command} yet")
        self.id = command


class BadFrame(ParleyError):
    """A frame of the server is not what the protocol says; the connection is given up and resumed."""


class Closed(ParleyError):
    """The client has stopped. `code` is the WebSocket close code that ended it, None when it closed itself."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


_KINDS: dict[str, type[RequestFailed]] = {
    ErrorCode.UNAUTHENTICATED: Unauthenticated,
    ErrorCode.TOKEN_EXPIRED: Unauthenticated,
    ErrorCode.WRONG_PASSWORD: WrongPassword,
    ErrorCode.WRONG_CODE: WrongPassword,
    ErrorCode.NOT_FOUND: NotFound,
    ErrorCode.CONFLICT: Conflict,
}


def request_failed(
    code: str, message: str, *, retry: bool, retry_after: float | None = None, tries_left: int | None = None
) -> RequestFailed:
    """The exception that stands for an error code; codes of later versions are plain RequestFailed."""
    kind = _KINDS.get(code, RequestFailed)
    return kind(code, message, retry=retry, retry_after=retry_after, tries_left=tries_left)
