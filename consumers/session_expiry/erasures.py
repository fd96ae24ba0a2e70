"""Erased accounts, until nothing is left to be erased."""

from random import Random

from bus.mail import post, signed_out
from bus.ports import Producer
from consumers.session_expiry.rounds import every
from schemas import metrics
from store.ports import Store

SWEEP_SECONDS = 30.0
_AT_ONCE = 100


class Eraser:
    """Finishes what the api began: that an account is being erased stands in the store until all of it is, so that no
    crash leaves half of it. Each step may be repeated. The user's topic goes with the next sweep of user topics, once
    all that he had submitted is forwarded."""

    def __init__(self, store: Store, producer: Producer, random: Random) -> None:
        self._store = store
        self._producer = producer
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="erasures_delayed")

    async def sweep(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next makes up for it."""
        while users := await self._store.users.erasing(_AT_ONCE):
            for user in users:
                await self._erase(user)
            metrics.ACCOUNTS_ERASED.inc(len(users))

    async def _erase(self, user: str) -> None:
        store = self._store
        await store.logins.end(user, [login.id for login in await store.logins.of(user)])
        sockets = (await store.sessions.of([user])).get(user, ())
        await post(self._producer, signed_out(sockets))
        await store.sessions.remove(socket.session for socket in sockets)
        await store.push_subscriptions.remove_user(user)
        await store.notification_ledger.remove_user(user)
        await store.digests.remove_user(user)
        await store.users.erased(user)
