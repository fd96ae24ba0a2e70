"""The cookie that binds a browser to its seat, one for each chat it has a seat in."""

from datetime import datetime
from math import ceil

from fastapi import Request
from starlette.responses import Response

from producer_gateway.seat_tokens import Purpose, SeatPass, SeatTokens

_PREFIX = "parley_seat_"
_PATH = "/api/chats"


def put(response: Response, found: SeatPass, tokens: SeatTokens, now: datetime, *, secure: bool) -> None:
    response.set_cookie(
        _PREFIX + found.conversation,
        tokens.issue(found, Purpose.COOKIE),
        max_age=max(1, ceil((found.expires_at - now).total_seconds())),
        path=_PATH,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def take_away(response: Response, conversation: str, *, secure: bool) -> None:
    response.delete_cookie(_PREFIX + conversation, path=_PATH, secure=secure, httponly=True, samesite="strict")


def of_link(request: Request, link: str, tokens: SeatTokens) -> str | None:
    """The chat in which the browser is bound to the seat of that link, or was."""
    seats = (tokens.open(value, Purpose.COOKIE) for name, value in request.cookies.items() if name.startswith(_PREFIX))
    return next((seat.conversation for seat in seats if seat is not None and seat.link == link), None)


def held(request: Request, conversation: str, tokens: SeatTokens, now: datetime) -> SeatPass | None:
    """The seat of this chat that the browser is bound to."""
    cookie = request.cookies.get(_PREFIX + conversation)
    found = None if cookie is None else tokens.open(cookie, Purpose.COOKIE)
    return found if found is not None and found.conversation == conversation and now < found.expires_at else None
