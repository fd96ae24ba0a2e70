"""Access tokens: short-lived signed claims of who signed in, checked without asking anyone (RFC 7519, RFC 8725).

BadToken
├── TokenExpired   it was good: refresh it
└── TokenInvalid   it never was
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from producer_gateway.seat_tokens import Purpose, SeatPass, SeatTokens, is_seat_token
from schemas.times import to_millis

ACCESS_TOKEN_SECONDS = 15 * 60
"""How long a token lets in, unless its sign-in is ended before."""

_ALGORITHM = "HS256"
_AUDIENCE = "parley"
_MIN_SECRET_BYTES = 32
# The times are compared here, against the clock that is passed in; the library would read its own.
_OPTIONS: jwt.types.Options = {
    "require": ["sub", "aud", "sid", "iat", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class BadToken(Exception):
    """The token does not let anyone in. Never says more than that: the token itself is a secret."""


class TokenExpired(BadToken):
    """The token was good until a moment ago."""


class TokenInvalid(BadToken):
    """The token is malformed, not ours, or was tampered with."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who holds the token, by which sign-in, and until when (whole seconds, as a JWT has them)."""

    user: str
    login: str
    expires_at: datetime
    seat: SeatPass | None = None
    """Where he sits, when he has no account but a seat in an ephemeral chat."""


class AccessTokens:
    """Issues and verifies tokens under one secret that all front doors share. Those of seats are for sockets and
    few routes: only `verify_any` lets them pass."""

    def __init__(self, secret: str, lifetime_seconds: int) -> None:
        """Raises ValueError when the secret is shorter than the 32 bytes that HS256 needs (RFC 7518 section 3.2)."""
        if len(secret.encode()) < _MIN_SECRET_BYTES:
            raise ValueError(f"the token secret needs at least {_MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self.seats = SeatTokens(secret)
        self.lifetime_seconds = lifetime_seconds

    def issue(self, user: str, login: str, now: datetime) -> str:
        expires_at = now + timedelta(seconds=self.lifetime_seconds)
        claims = {"sub": user, "sid": login, "aud": _AUDIENCE, "iat": _seconds(now), "exp": _seconds(expires_at)}
        return jwt.encode(claims, self._secret, _ALGORITHM)

    def verify(self, token: str, now: datetime) -> Claims:
        """Raises TokenExpired when it was good until before `now`, TokenInvalid for anything else that is no token."""
        claims = _claims(self._decode(token))
        if claims.expires_at <= now:
            raise TokenExpired
        return claims

    def verify_any(self, token: str, now: datetime) -> Claims:
        """The same, of a token that may be for a seat in an ephemeral chat."""
        if not is_seat_token(token):
            return self.verify(token, now)
        found = self.seats.open(token, Purpose.ACCESS)
        if found is None:
            raise TokenInvalid
        if found.expires_at <= now:
            raise TokenExpired
        return Claims(found.user, f"seat/{found.user}", found.expires_at, found)

    def _decode(self, token: str) -> dict[str, object]:
        try:
            return jwt.decode(token, self._secret, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=_OPTIONS)
        except (jwt.PyJWTError, UnicodeError):
            raise TokenInvalid from None


def _claims(payload: dict[str, object]) -> Claims:
    user, login, expires = payload["sub"], payload["sid"], payload["exp"]
    if not (isinstance(user, str) and isinstance(login, str) and isinstance(expires, int)):
        raise TokenInvalid
    try:
        return Claims(user, login, datetime.fromtimestamp(expires, UTC))
    except (ValueError, OverflowError, OSError):
        raise TokenInvalid from None


def _seconds(instant: datetime) -> int:
    return to_millis(instant) // 1000
