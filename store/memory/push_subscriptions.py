"""Web Push subscriptions, in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.push import PushSubscription
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase


class MemoryPushSubscriptions:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def add(self, subscription: PushSubscription, limit: int) -> None:
        await self._wire.ask("push_subscriptions.add", lambda: self._add(subscription, limit))

    def _add(self, subscription: PushSubscription, limit: int) -> None:
        kept = replace(subscription, created_at=from_millis(to_millis(subscription.created_at)))
        self._database.push_subscriptions[kept.id] = kept
        own = self._of(frozenset({kept.user}))[kept.user]
        too_many = {one.id for one in own[: max(0, len(own) - limit)]}
        self._drop(lambda one: one.id in too_many)

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[PushSubscription]]:
        return await self._wire.ask("push_subscriptions.of", lambda: self._of(frozenset(users)))

    def _of(self, users: frozenset[str]) -> Mapping[str, Sequence[PushSubscription]]:
        found: defaultdict[str, list[PushSubscription]] = defaultdict(list)
        for one in sorted(self._database.push_subscriptions.values(), key=lambda one: (one.created_at, one.id)):
            if one.user in users:
                found[one.user].append(one)
        return dict(found)

    async def remove(self, user: str, subscription: str) -> None:
        await self._ask_to_drop("remove", lambda one: (one.user, one.id) == (user, subscription))

    async def remove_logins(self, logins: Iterable[str]) -> None:
        over = frozenset(logins)
        await self._ask_to_drop("remove_logins", lambda one: one.login in over)

    async def remove_user(self, user: str) -> None:
        await self._ask_to_drop("remove_user", lambda one: one.user == user)

    async def _ask_to_drop(self, operation: str, dropped: Callable[[PushSubscription], bool]) -> None:
        await self._wire.ask(f"push_subscriptions.{operation}", lambda: self._drop(dropped))

    def _drop(self, dropped: Callable[[PushSubscription], bool]) -> None:
        kept = self._database.push_subscriptions
        self._database.push_subscriptions = {key: one for key, one in kept.items() if not dropped(one)}
