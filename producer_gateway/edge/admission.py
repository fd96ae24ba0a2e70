"""Who a socket belongs to, and until when: its access token."""

from collections.abc import Callable
from datetime import datetime

from producer_gateway.edge.socket import Socket
from producer_gateway.incarnation import ProcessLife
from producer_gateway.tokens import AccessTokens, BadToken, Claims, TokenExpired
from schemas.errors import CloseCode, ErrorCode
from schemas.frames import Connect, Refresh
from store.ports import Session


class Admission:
    """A session lives as long as its token: one that is not refreshed in time ends with `token_expired`."""

    def __init__(
        self, tokens: AccessTokens, life: ProcessLife, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._tokens = tokens
        self._life = life
        self._now = now
        self._new_id = new_id

    def authenticate(self, socket: Socket, frame: Connect) -> Session | None:
        """The session that begins. A bad token ends the socket."""
        try:
            claims = self._tokens.verify(frame.token, self._now())
        except BadToken as error:
            socket.perform(socket.session.refused(_code(error), CloseCode.AUTHENTICATE, frame.id))
            return None
        socket.session.user = claims.user
        self._expire(socket, claims)
        return Session(
            id=self._new_id(),
            user=claims.user,
            device=frame.device,
            login=claims.login,
            edge_topic=self._life.topic,
            incarnation=self._life.incarnation,
            connected_at=self._now(),
        )

    def refresh(self, socket: Socket, frame: Refresh) -> None:
        """Go on under another token of the same user. A bad one changes nothing."""
        try:
            claims = self._tokens.verify(frame.token, self._now())
        except BadToken as error:
            return socket.perform(socket.session.unanswered(frame.id, _code(error)))
        if claims.user != socket.session.user:
            return socket.perform(socket.session.unanswered(frame.id, ErrorCode.FORBIDDEN))
        self._expire(socket, claims)
        return socket.perform(socket.session.refreshed(frame.id))

    def _expire(self, socket: Socket, claims: Claims) -> None:
        seconds = (claims.expires_at - self._now()).total_seconds()
        socket.set_timer(seconds, lambda: socket.perform(socket.session.token_expired()))


def _code(error: BadToken) -> ErrorCode:
    return ErrorCode.TOKEN_EXPIRED if isinstance(error, TokenExpired) else ErrorCode.UNAUTHENTICATED
