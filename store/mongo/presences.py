"""What is told of users: the field `presence` of their documents."""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import UpdateOne

from domain.presence import Presence
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import text, texts
from store.ports import PresenceChange

_ONLINE = {"presence.online": True}


class MongoPresences:
    def __init__(self, database: MotorDatabase) -> None:
        self._users = database.users
        self._sessions = database.sessions

    @guarded
    async def load(self, users: Iterable[str]) -> Mapping[str, Presence]:
        found = await all_at_once(self._users.find({"_id": {"$in": texts(users)}}, {"presence": 1}))
        return {document["_id"]: _presence(document.get("presence")) for document in found}

    @guarded
    async def change(self, changes: Mapping[str, PresenceChange]) -> frozenset[str]:
        if not changes:
            return frozenset()
        done = await self._users.bulk_write([_update(user, change) for user, change in changes.items()], ordered=False)
        if done.matched_count == len(changes):
            return frozenset()
        # A retried write finds its own work done.
        now = await self.load(changes)
        return frozenset(
            user for user, change in changes.items() if now.get(user, Presence()).cause != change.after.cause
        )

    @guarded
    async def online(self, users: Iterable[str]) -> frozenset[str]:
        found = await all_at_once(self._users.find({"_id": {"$in": texts(users)}, **_ONLINE}, {"_id": 1}))
        return frozenset(document["_id"] for document in found)

    @guarded
    async def doubtful(self) -> frozenset[str]:
        online = frozenset([user["_id"] for user in await all_at_once(self._users.find(_ONLINE, {"_id": 1}))])
        sockets = await all_at_once(self._sessions.find({"user": {"$gt": ""}}, {"_id": 0, "user": 1}))
        return online ^ frozenset(socket["user"] for socket in sockets)


def _presence(document: Mapping[str, Any] | None) -> Presence:
    return Presence() if document is None else Presence(document["online"], document["last_online"], document["cause"])


def _update(user: str, change: PresenceChange) -> UpdateOne:
    """Each state has a cause of its own."""
    before, after = change
    known: Document = {"presence.cause": before.cause} if before.cause else {"presence": None}
    state = {"online": after.online, "last_online": after.last_online, "cause": text(after.cause)}
    return UpdateOne({"_id": text(user), **known}, {"$set": {"presence": state}})
