"""Web Push subscriptions: a document for each endpoint."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING

from domain.push import PushSubscription
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts

_FIELDS = ("user", "login", "endpoint", "p256dh", "auth")


class MongoPushSubscriptions:
    def __init__(self, database: MotorDatabase) -> None:
        self._subscriptions = database.push_subscriptions

    @guarded
    async def add(self, subscription: PushSubscription, limit: int) -> None:
        await self._subscriptions.replace_one({"_id": text(subscription.id)}, _document(subscription), upsert=True)
        newest_first = [("created_at", DESCENDING), ("_id", DESCENDING)]
        own = self._subscriptions.find({"user": subscription.user}, {"_id": 1}, sort=newest_first, skip=number(limit))
        if too_many := [document["_id"] for document in await all_at_once(own)]:
            await self._subscriptions.delete_many({"_id": {"$in": too_many}, "user": subscription.user})

    @guarded
    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[PushSubscription]]:
        oldest_first = [("created_at", ASCENDING), ("_id", ASCENDING)]
        found: defaultdict[str, list[PushSubscription]] = defaultdict(list)
        for document in await all_at_once(self._subscriptions.find({"user": {"$in": texts(users)}}, sort=oldest_first)):
            found[document["user"]].append(_subscription(document))
        return dict(found)

    @guarded
    async def remove(self, user: str, subscription: str) -> None:
        await self._subscriptions.delete_one({"_id": text(subscription), "user": text(user)})

    @guarded
    async def remove_logins(self, logins: Iterable[str]) -> None:
        await self._subscriptions.delete_many({"login": {"$in": texts(logins)}})

    @guarded
    async def remove_user(self, user: str) -> None:
        await self._subscriptions.delete_many({"user": text(user)})


def _document(subscription: PushSubscription) -> Document:
    fields: Document = {name: text(getattr(subscription, name)) for name in _FIELDS}
    return fields | {"created_at": subscription.created_at}


def _subscription(document: Mapping[str, Any]) -> PushSubscription:
    return PushSubscription(
        id=document["_id"], created_at=document["created_at"], **{name: document[name] for name in _FIELDS}
    )
