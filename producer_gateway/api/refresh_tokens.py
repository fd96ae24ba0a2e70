"""Refresh tokens: opaque, rotating, kept as hashes, carried by a cookie that scripts cannot read (RFC 9700)."""

import hashlib
import secrets
from datetime import timedelta

from starlette.responses import Response

COOKIE = "parley_refresh"

_PATH = "/api"
_BYTES = 32


def new_token() -> str:
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def put(response: Response, token: str, lifetime: timedelta, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lifetime.total_seconds()),
        path=_PATH,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def take_away(response: Response, *, secure: bool) -> None:
    response.delete_cookie(COOKIE, path=_PATH, secure=secure, httponly=True, samesite="lax")
