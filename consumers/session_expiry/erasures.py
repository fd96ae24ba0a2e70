"""Erased accounts, until nothing is left to be erased."""

from random import Random

import structlog

from bus.announcements import withdrawal
from bus.mail import post, signed_out
from bus.ports import Admin, Outgoing, Producer
from consumers.session_expiry.commanding import commanded
from consumers.session_expiry.rounds import every
from schemas import metrics
from schemas.commands import LeaveGroup
from schemas.topics import USER_TOPIC_PREFIX, parse_user_topic
from store.ports import Belonging, Store

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 30.0
_AT_ONCE = 1000


class Eraser:
    """Finishes what the api began: that an account is being erased stands in the store until all of it is, so that no
    crash leaves half of it. Each step may be repeated.

    He leaves his groups by commands in their conversations' order, as if he had asked for it. His topic goes with a
    sweep of user topics, once all that he had submitted is forwarded. Only when it is gone and he is in no group any
    more, so that nothing of his can come later, he is finished with: what `user-topics` said of him is withdrawn.
    """

    def __init__(self, store: Store, producer: Producer, admin: Admin, random: Random) -> None:
        self._store = store
        self._producer = producer
        self._admin = admin
        self._random = random

    async def run(self) -> None:
        await every(SWEEP_SECONDS, self.sweep, self._random, failed="erasures_delayed")

    async def sweep(self) -> None:
        """One round. Raises Unavailable, UnknownOutcome or StoreUnavailable; the next makes up for it, and goes on with
        those who could not be finished with yet."""
        users = await self._store.users.erasing(_AT_ONCE)
        submitting = await self._with_topics() if users else frozenset()
        for user in users:
            await self._take_away(user)
            if not await self._leaves_groups(user) and user not in submitting:
                await self._finish(user)

    async def _with_topics(self) -> frozenset[str]:
        """Users whose topic is there, so that what they submitted may still be on its way."""
        return frozenset(parse_user_topic(name)[0] for name in await self._admin.topics(USER_TOPIC_PREFIX))

    async def _take_away(self, user: str) -> None:
        store = self._store
        await store.logins.end(user, [login.id for login in await store.logins.of(user)])
        sockets = (await store.sessions.of([user])).get(user, ())
        await post(self._producer, signed_out(sockets))
        await store.sessions.remove(socket.session for socket in sockets)
        await store.push_subscriptions.remove_user(user)
        await store.notification_ledger.remove_user(user)
        await store.digests.remove_user(user)
        await store.marks.remove_user(user)

    async def _leaves_groups(self, user: str) -> bool:
        """False when he is in none; else he is about to leave those he was found in."""
        groups = await self._store.conversations.groups_of(user, _AT_ONCE)
        await post(self._producer, [_leave(user, group) for group in groups])
        return bool(groups)

    async def _finish(self, user: str) -> None:
        await self._producer.send(withdrawal(user))
        await self._store.users.erased(user)
        log.info("account_erased", user=user)
        metrics.ACCOUNTS_ERASED.inc()


def _leave(user: str, group: Belonging) -> Outgoing:
    """The same for every round, so that it has one outcome; another one if he should have come back meanwhile."""
    client_id = f"erased-{group.joined_rev}"
    return commanded(LeaveGroup(conversation=group.conversation, sender=user, client_id=client_id))
