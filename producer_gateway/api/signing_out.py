"""Ending sign-ins: nothing more is done under them, and their sockets close."""

from collections.abc import Iterable

import structlog

from bus.errors import BusError
from bus.mail import post, signed_out
from bus.ports import Producer
from store.ports import Store

log = structlog.get_logger(__name__)


class SigningOut:
    """A login is marked as ended first and its sockets are looked up then, while an edge registers a socket first and
    looks then whether its login has ended: whichever comes second sees the other.

    Sockets are told by their edges' topics, and taken out of the store: an edge that the word does not reach finds them
    missing at its next roll call.
    """

    def __init__(self, store: Store, producer: Producer) -> None:
        self._store = store
        self._producer = producer

    async def end(self, user: str, logins: Iterable[str]) -> frozenset[str]:
        """End those of them that are his; returns them, those that had ended before included. May be repeated.
        Raises StoreUnavailable."""
        ended = await self._store.logins.end(user, logins)
        await self.close(ended)
        return ended

    async def end_all(self, user: str) -> None:
        """End all of his. Raises StoreUnavailable."""
        await self.end(user, [login.id for login in await self._store.logins.of(user)])

    async def end_others(self, user: str, kept: str) -> None:
        """End all of his but one. Raises StoreUnavailable."""
        await self.end(user, [login.id for login in await self._store.logins.of(user) if login.id != kept])

    async def close(self, logins: Iterable[str]) -> None:
        """Close the sockets of logins that have ended, and forget the browsers that they had reached. Raises
        StoreUnavailable."""
        ended = tuple(logins)
        await self._store.push_subscriptions.remove_logins(ended)
        sockets = await self._store.sessions.of_logins(ended)
        try:
            await post(self._producer, signed_out(sockets))
        except BusError as error:
            log.warning("sockets_not_told", sockets=len(sockets), error=repr(error))
        await self._store.sessions.remove(socket.session for socket in sockets)
