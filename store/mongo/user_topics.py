"""The life of user topics: the field `topic` of a user's document, changed by what the document itself says.

Thousands of users are one command: the server computes each one's next state and the time.
"""

from collections.abc import Iterable, Mapping

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import texts

_LEASE_RUNS = {"$gt": ["$topic.leased_until", "$$NOW"]}
_IS_ACTIVE = {"$eq": ["$topic.state", "active"]}
_NEXT_GENERATION = {"$add": [{"$ifNull": ["$topic.generation", 0]}, 1]}


def _until(lease_seconds: float) -> Document:
    return {"$add": ["$$NOW", round(lease_seconds * 1000)]}


def _extended(lease_seconds: float) -> Document:
    """A lease is never cut short by another process's shorter one."""
    return {"$max": ["$topic.leased_until", _until(lease_seconds)]}


def _opened(lease_seconds: float) -> Document:
    return {
        "state": "active",
        "generation": {"$cond": [_IS_ACTIVE, "$topic.generation", _NEXT_GENERATION]},
        "leased_until": _extended(lease_seconds),
    }


class MongoUserTopics:
    def __init__(self, database: MotorDatabase) -> None:
        self._users = database.users

    @guarded
    async def open(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        ids = texts(users)
        openable = {"_id": {"$in": ids}, "topic.state": {"$ne": "gone"}}
        await self._users.update_many(openable, [{"$set": {"topic": _opened(lease_seconds)}}])
        return await self._active(ids)

    @guarded
    async def renew(self, users: Iterable[str], lease_seconds: float) -> None:
        active = {"_id": {"$in": texts(users)}, "topic.state": "active"}
        await self._users.update_many(active, [{"$set": {"topic.leased_until": _extended(lease_seconds)}}])

    @guarded
    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        leased = {"_id": {"$in": texts(users)}, "topic.state": "active", "$expr": _LEASE_RUNS}
        found = await all_at_once(self._users.find(leased, {"_id": 1}))
        return frozenset(document["_id"] for document in found)

    @guarded
    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        return await self._active(texts(users))

    async def _active(self, ids: list[str]) -> dict[str, int]:
        active = {"_id": {"$in": ids}, "topic.state": "active"}
        found = await all_at_once(self._users.find(active, {"topic.generation": 1}))
        return {document["_id"]: document["topic"]["generation"] for document in found}
