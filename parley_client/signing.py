"""Staying signed in: an access token that is renewed before it expires, by the refresh cookie or the password."""

import asyncio
import time
from dataclasses import dataclass
from random import Random
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from parley_client.backoff import Backoff
from parley_client.errors import RequestFailed, Unauthenticated, Unreachable
from parley_client.models import User
from parley_client.rest import Rest, SignedIn

RENEW_AT = 0.75
"""Renewed when so much of the token's life is over."""
RETRY = Backoff(base=1.0, cap=30.0)
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_NO_LINK = "not a link to a chat"

log = structlog.get_logger(__name__)


class Entry(Protocol):
    """How somebody is let in, and stays in."""

    async def sign_in(self) -> User:
        """Raises RequestFailed, Unreachable."""

    @property
    def token(self) -> str:
        """The current access token."""

    async def renew(self, refused: str) -> str:
        """A token other than the `refused` one. Raises RequestFailed, Unreachable."""

    async def next_token(self) -> str:
        """Wait until a new token is due, and return it."""


class SignIn:
    """One user's sign-in on one device."""

    def __init__(self, rest: Rest, username: str, password: str, device: str, random: Random) -> None:
        self._rest = rest
        self._username = username
        self._password = password
        self._device = device
        self._random = random
        # A refresh token works once: two renewals at a time would look like a theft and end the sign-in.
        self._one_at_a_time = asyncio.Lock()

    async def sign_in(self) -> User:
        """Raises WrongPassword, RequestFailed, Unreachable."""
        return (await self._rest.login(self._username, self._password, self._device)).user

    @property
    def token(self) -> str:
        """The current access token."""
        signed_in = self._rest.signed_in
        if signed_in is None:
            raise RuntimeError("not signed in")
        return signed_in.access_token

    async def renew(self, refused: str) -> str:
        """A token other than the `refused` one. Raises WrongPassword, RequestFailed, Unreachable."""
        async with self._one_at_a_time:
            if self.token == refused:
                await self._renew()
            return self.token

    async def _renew(self) -> SignedIn:
        try:
            return await self._rest.refresh()
        except Unauthenticated:
            return await self._rest.login(self._username, self._password, self._device)

    async def next_token(self) -> str:
        """Wait until a new token is due, and return it. While it cannot be had, it is asked for again and again."""
        old, tries = self.token, 0
        signed_in = self._rest.signed_in
        left = self._rest.token_until - time.monotonic()
        life = signed_in.expires_in if signed_in is not None else 0.0
        await asyncio.sleep(max(0.0, left - (1 - RENEW_AT) * life))
        while True:
            try:
                return await self.renew(old)
            except (Unreachable, RequestFailed) as error:
                log.warning("token_not_renewed", error=str(error), tries=tries)
            await asyncio.sleep(RETRY.wait(tries, self._random))
            tries += 1


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat in an ephemeral chat: the token in its link, its code, and the name of who sits there, if asked for."""

    token: str
    code: str
    name: str | None = None


def parse_link(link: str) -> tuple[str, str]:
    """The app's address and the seat's token. Spaces around it and slashes at its end do not matter, and a link without
    a scheme is taken for https, or for http to this machine. Raises ValueError for what is no link to a seat."""
    try:
        found = urlsplit(_with_scheme(link.strip()))
    except ValueError:
        raise ValueError(_NO_LINK) from None
    base, _, token = found.path.rstrip("/").rpartition("/c/")
    if found.scheme not in ("http", "https") or not found.netloc or not token or "/" in token:
        raise ValueError(_NO_LINK)
    return f"{found.scheme}://{found.netloc}{base}", token


def _with_scheme(link: str) -> str:
    if "://" in link:
        return link
    return f"{'http' if urlsplit(f'//{link}').hostname in _THIS_MACHINE else 'https'}://{link}"


class SeatEntry:
    """Somebody's way into his seat. Its token lives as long as the chat."""

    def __init__(self, rest: Rest, seat: Seat) -> None:
        self._rest = rest
        self._seat = seat

    async def sign_in(self) -> User:
        """Raises WrongPassword when the code is wrong, NotFound when there is no such chat (any more), RequestFailed,
        Unreachable."""
        return (await self._rest.enter(self._seat.token, self._seat.code, self._seat.name)).user

    @property
    def token(self) -> str:
        signed_in = self._rest.signed_in
        if signed_in is None:
            raise RuntimeError("not in the seat")
        return signed_in.access_token

    async def renew(self, refused: str) -> str:
        """The same raises."""
        if self.token == refused:
            await self.sign_in()
        return self.token

    async def next_token(self) -> str:
        never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        return await never
