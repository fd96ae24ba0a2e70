"""How fast a socket and its user may go. What is too fast is refused with when to try again; who goes on is closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.limits import COMMANDS, FRAMES, QUESTIONS, Limiter, Rate, milliseconds
from producer_gateway.edge.effects import Effect, LoadChanges, LoadHistory, Submit
from producer_gateway.edge.socket import Socket
from schemas import metrics
from schemas.errors import ErrorCode

_PAUSE_SECONDS = 1.0
"""For so long a user's commands are refused from the first refusal on: what he sent behind it must not overtake it."""
_REFUSED_COST = 10
"""What a refused frame takes from a socket's frames, besides itself."""


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    commands: Rate | None = COMMANDS
    """Of one user, whatever his sockets here."""
    questions: Rate | None = QUESTIONS
    """Of one user: history and sync."""
    frames: Rate | None = FRAMES
    """Of one socket, whatever they are; beyond it the socket is closed."""


class Gatekeeper:
    """`now` is the event loop's time."""

    def __init__(self, limits: EdgeLimits) -> None:
        self._commands: Limiter[str] = Limiter(limits.commands, pause=_PAUSE_SECONDS)
        self._questions: Limiter[str] = Limiter(limits.questions)
        self._frames = limits.frames

    def lets_in(self, socket: Socket, now: float) -> bool:
        """Whether the socket's next frame is looked at. A socket that floods is closed."""
        return self._spend(socket, 1, now)

    def lets_pass(self, socket: Socket, effect: Effect, now: float) -> bool:
        """Whether what a frame asks for is done. If not, the client has been told."""
        match effect:
            case Submit(command):
                wait = self._commands.take(socket.session.user, now)
                if wait:
                    tell = socket.session.failed(command.client_id, ErrorCode.RATE_LIMITED, milliseconds(wait))
                    return self._refuse(socket, tell, "commands", now)
            case LoadHistory(frame) | LoadChanges(frame):
                wait = self._questions.take(socket.session.user, now)
                if wait:
                    tell = socket.session.unanswered(frame.id, ErrorCode.RATE_LIMITED, milliseconds(wait))
                    return self._refuse(socket, tell, "questions", now)
        return True

    def _refuse(self, socket: Socket, tell: Sequence[Effect], limit: str, now: float) -> bool:
        metrics.RATE_LIMITED.labels(limit).inc()
        socket.perform(tell)
        self._spend(socket, _REFUSED_COST, now)
        return False

    def _spend(self, socket: Socket, frames: int, now: float) -> bool:
        if self._frames is None:
            return True
        wait = socket.frames.take(self._frames, now, frames)
        if wait:
            metrics.RATE_LIMITED.labels("frames").inc()
            socket.perform(socket.session.too_fast(milliseconds(wait)))
        return not wait
