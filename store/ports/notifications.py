"""Where notifications go, and which were sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.notifying import Claim, Digest, Notification, Settled
from domain.push import PushSubscription


class PushSubscriptions(Protocol):
    """Where browsers are reached while nobody looks at them."""

    async def add(self, subscription: PushSubscription, limit: int) -> None:
        """Keep it; the same id again takes the place of what was there, whosever that was. Of more than `limit` of one
        user the oldest go. Instants are kept to the millisecond."""

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[PushSubscription]]:
        """The subscriptions of each user who has any, oldest first."""

    async def remove(self, user: str, subscription: str) -> None:
        """Remove this one, if it is his; one that is not there is fine."""

    async def remove_logins(self, logins: Iterable[str]) -> None:
        """Remove what these sign-ins made: they are over."""

    async def remove_user(self, user: str) -> None:
        """Remove all of his."""


class NotificationLedger(Protocol):
    """Every notification, once: entered when it becomes due, claimed while it is being sent, kept for longer than its
    event. A claim that its holder does not settle is free again when its lease ends."""

    async def enter(self, notifications: Sequence[Notification], *, again: bool = False) -> None:
        """Make those due now that are not known. `again`: those too that had failed."""

    async def claim(
        self, holder: str, now: datetime, until: datetime, limit: int, except_hosts: Iterable[str] = ()
    ) -> Sequence[Claim]:
        """Take at most `limit` due pushes, the longest due first. `holder` is another at each call."""

    async def settle(self, notifications: Iterable[str], settled: Settled) -> None:
        """Say what became of these (ids); they are never due again. What was sent stays sent."""

    async def retry(self, claim: Claim, at: datetime) -> None:
        """Make it due again, unless its lease has ended and it is another's now."""

    async def mail(self, user: str, limit: int) -> Sequence[Notification]:
        """The oldest notifications that wait for his next e-mail."""

    async def remove_user(self, user: str) -> None:
        """Forget all of his."""


class Digests(Protocol):
    """When each user's next e-mail is due: a deadline that outlives any process."""

    async def schedule(self, users: Iterable[str], at: datetime, every: timedelta) -> None:
        """Have each get one at `at`, but not before `every` has passed since his last; an earlier deadline stays."""

    async def claim(self, now: datetime, until: datetime) -> Digest | None:
        """Take the one that has been due the longest; it is due again at `until` unless it is finished."""

    async def postpone(self, digest: Digest, at: datetime) -> None:
        """Have it due again at this time."""

    async def finish(self, digest: Digest, sent_at: datetime | None, again_at: datetime) -> None:
        """It is done: sent, or there was nothing to send (None). Who asked for one meanwhile gets it at `again_at`."""

    async def remove_user(self, user: str) -> None:
        """Forget his."""
