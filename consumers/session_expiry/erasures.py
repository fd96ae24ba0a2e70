"""Erased accounts, until nothing is left to be erased."""

import asyncio
from random import Random

import structlog

from bus.errors import BusError
from bus.mail import post, signed_out
from bus.ports import Producer
from schemas import metrics
from store.errors import StoreError
from store.ports import Store

log = structlog.get_logger(__name__)

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
        while True:
            await asyncio.sleep(SWEEP_SECONDS * self._random.uniform(0.8, 1.2))
            try:
                await self.sweep()
            except (BusError, StoreError) as error:
                log.warning("erasures_delayed", error=repr(error))

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
