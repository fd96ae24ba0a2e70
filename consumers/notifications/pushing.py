"""One push: made for how things are now, encrypted, signed, posted; and what its answer means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from consumers.notifications.addresses import NotPublic
from consumers.notifications.encryption import encrypt
from consumers.notifications.facts import find_out, place_of
from consumers.notifications.push_client import Answer, Unreachable
from consumers.notifications.pushes import Wording, compose, urgency
from consumers.notifications.vapid import VapidKey
from domain.notifying import Claim, Notification
from domain.push import PushSubscription
from schemas import metrics
from schemas.pushes import PushMessage
from store.ports import Store

log = structlog.get_logger(__name__)

_GONE = (404, 410)
_PERHAPS_LATER = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Sent:
    """The push service has it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """There is nothing to be told any more, or nowhere to tell it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Another attempt may help."""

    code: str
    after: float | None = None
    """Seconds that the push service asks for."""


@dataclass(frozen=True, slots=True)
class Never:
    """No attempt will help."""

    code: str


Outcome = Sent | Dropped | Later | Never


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claim with what to send and where to; without them there is nothing to do."""

    claim: Claim
    push: PushMessage | None
    subscription: PushSubscription | None


class Poster(Protocol):
    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises Unreachable, or NotPublic for a name that leads to where we do not go."""


class Pushing:
    def __init__(
        self,
        store: Store,
        client: Poster,
        vapid: VapidKey,
        wording: Wording,
        now: Callable[[], datetime],
        kept_for: timedelta = timedelta(days=1),
    ) -> None:
        """`kept_for`: how long a push service keeps what it cannot deliver at once (`TTL`)."""
        self._store = store
        self._client = client
        self._vapid = vapid
        self._wording = wording
        self._now = now
        self._kept_for = kept_for

    async def prepare(self, claims: Sequence[Claim]) -> Sequence[Prepared]:
        """What each says, as things are now. Raises StoreUnavailable."""
        notifications = [claim.notification for claim in claims]
        facts = await find_out(self._store, map(place_of, notifications), "delivered")
        wanted = facts.wanted(map(place_of, notifications))
        subscriptions = await self._subscriptions(notifications)
        senders = await self._store.users.get({message.sender for message in facts.messages.values()})

        def push(one: Notification) -> PushMessage | None:
            if place_of(one) not in wanted:
                return None
            sender = facts.messages[one.conversation, one.seq].sender
            return compose(one, facts, senders.get(sender), self._wording)

        return [
            Prepared(claim, push(one), subscriptions.get(one.subscription))
            for claim, one in zip(claims, notifications, strict=True)
        ]

    async def _subscriptions(self, notifications: Sequence[Notification]) -> Mapping[str, PushSubscription]:
        """By id, those that are still the users' own."""
        found = await self._store.push_subscriptions.of({one.user for one in notifications})
        return {one.id: one for own in found.values() for one in own}

    async def send(self, prepared: Prepared) -> Outcome:
        """Raises StoreUnavailable when a subscription that is gone could not be removed."""
        push, subscription = prepared.push, prepared.subscription
        if push is None or subscription is None or subscription.user != prepared.claim.notification.user:
            return Dropped()
        try:
            answer = await self._post(push, subscription)
        except Unreachable as error:
            log.info("push_unanswered", error=str(error))
            metrics.PUSH_ANSWERS.labels("none").inc()
            return Later("push_unanswered")
        except NotPublic:
            metrics.PUSH_ANSWERS.labels("refused_by_us").inc()
            return Dropped()
        metrics.PUSH_ANSWERS.labels(f"{answer.status // 100}xx").inc()
        return await self._judge(answer, subscription)

    async def _post(self, push: PushMessage, subscription: PushSubscription) -> Answer:
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(round(self._kept_for.total_seconds())),
            "Topic": push.tag,
            "Urgency": urgency(push),
            **self._vapid.headers(subscription.endpoint, self._now()),
        }
        body = encrypt(push.model_dump_json().encode(), subscription.p256dh, subscription.auth)
        with metrics.PUSH_SECONDS.time():
            return await self._client.post(subscription.endpoint, headers, body)

    async def _judge(self, answer: Answer, subscription: PushSubscription) -> Outcome:
        if answer.status // 100 == 2:
            return Sent()
        if answer.status in _GONE:
            await self._store.push_subscriptions.remove(subscription.user, subscription.id)
            metrics.PUSH_SUBSCRIPTIONS_GONE.inc()
            return Dropped()
        code = f"push_{answer.status}"
        if answer.status in _PERHAPS_LATER or answer.status >= 500:
            return Later(code, answer.retry_after)
        return Never(code)
