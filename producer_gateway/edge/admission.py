"""Who a socket belongs to, and until when: its access token."""

from collections.abc import Callable
from datetime import datetime

from producer_gateway.chat_view import ChatView
from producer_gateway.edge.socket import Socket
from producer_gateway.incarnation import ProcessLife
from producer_gateway.tokens import AccessTokens, BadToken, Claims, TokenExpired
from schemas.errors import CloseCode, ErrorCode
from schemas.frames import Connect, Refresh
from store.errors import StoreUnavailable
from store.ports import Logins, Session


class Admission:
    """A session lives as long as its token: one that is not refreshed in time ends with `token_expired`."""

    def __init__(
        self,
        tokens: AccessTokens,
        logins: Logins,
        life: ProcessLife,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._logins = logins
        self._tokens = tokens
        self._life = life
        self._now = now
        self._new_id = new_id

    def authenticate(self, socket: Socket, frame: Connect) -> Session | None:
        """The session that begins. A bad token ends the socket."""
        try:
            claims = self._tokens.verify_any(frame.token, self._now())
        except BadToken as error:
            socket.perform(socket.session.refused(_code(error), CloseCode.AUTHENTICATE, frame.id))
            return None
        socket.session.user = claims.user
        socket.view = None if claims.seat is None else ChatView(claims.seat)
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

    async def refresh(self, socket: Socket, frame: Refresh) -> None:
        """Go on under another token of the same sign-in. A bad one changes nothing."""
        try:
            claims = self._tokens.verify_any(frame.token, self._now())
        except BadToken as error:
            return socket.perform(socket.session.unanswered(frame.id, _code(error)))
        if claims.user != socket.session.user:
            return socket.perform(socket.session.unanswered(frame.id, ErrorCode.FORBIDDEN))
        code = await self._refusal(socket, claims)
        if code is not None:
            return socket.perform(socket.session.unanswered(frame.id, code))
        self._expire(socket, claims)
        return socket.perform(socket.session.refreshed(frame.id))

    async def _refusal(self, socket: Socket, claims: Claims) -> ErrorCode | None:
        """A socket stays with the sign-in that opened it, so that it ends with it."""
        if socket.record is not None and socket.record.login != claims.login:
            return ErrorCode.UNAUTHENTICATED
        try:
            ended = await self._logins.ended([claims.login])
        except StoreUnavailable:
            return ErrorCode.UNAVAILABLE
        return ErrorCode.UNAUTHENTICATED if ended else None

    def _expire(self, socket: Socket, claims: Claims) -> None:
        seconds = (claims.expires_at - self._now()).total_seconds()
        socket.set_timer(seconds, lambda: socket.perform(socket.session.token_expired()))


def _code(error: BadToken) -> ErrorCode:
    return ErrorCode.TOKEN_EXPIRED if isinstance(error, TokenExpired) else ErrorCode.UNAUTHENTICATED
