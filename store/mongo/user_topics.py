"""The life of user topics: the field `topic` of a user's document, changed by what the document itself says.

Thousands of users are one command: the server computes each one's next state and the time.
"""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts

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
    async def renew(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        ids = texts(users)
        active = {"_id": {"$in": ids}, "topic.state": "active"}
        await self._users.update_many(active, [{"$set": {"topic.leased_until": _extended(lease_seconds)}}])
        # Under a lease none of them can retire between the two.
        return await self._active(ids)

    @guarded
    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        leased = {"_id": {"$in": texts(users)}, "topic.state": "active", "$expr": _LEASE_RUNS}
        found = await all_at_once(self._users.find(leased, {"_id": 1}))
        return frozenset(document["_id"] for document in found)

    @guarded
    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        return await self._active(texts(users))

    @guarded
    async def retire(self, idle_seconds: float, limit: int) -> None:
        long_ago = {"$subtract": ["$$NOW", round(idle_seconds * 1000)]}
        idle = {"topic.state": "active", "$expr": {"$lte": ["$topic.leased_until", long_ago]}}
        found = await all_at_once(self._users.find(idle, {"_id": 1}).limit(number(limit)))
        ids = [document["_id"] for document in found]
        if ids:
            # Whoever was opened or renewed since does not match any more.
            await self._users.update_many({"_id": {"$in": ids}, **idle}, {"$set": {"topic.state": "retiring"}})

    @guarded
    async def retiring(self, users: Iterable[str] | None, limit: int) -> Mapping[str, int]:
        asked = {} if users is None else {"_id": {"$in": texts(users)}}
        return await self._generations({"topic.state": "retiring", **asked}, number(limit))

    @guarded
    async def gone(self, users: Iterable[str]) -> frozenset[str]:
        ids = texts(users)
        here = {"_id": {"$in": ids}, "topic.state": {"$ne": "gone"}}
        found = await all_at_once(self._users.find(here, {"_id": 1}))
        return frozenset(ids) - {document["_id"] for document in found}

    @guarded
    async def retired(self, generations: Mapping[str, int]) -> None:
        over = [
            UpdateOne(
                {"_id": text(user), "topic.state": "retiring", "topic.generation": number(generation)},
                {"$set": {"topic.state": "absent"}},
            )
            for user, generation in generations.items()
        ]
        if over:
            await self._users.bulk_write(over, ordered=False)

    async def _active(self, ids: list[str]) -> dict[str, int]:
        return await self._generations({"_id": {"$in": ids}, "topic.state": "active"})

    async def _generations(self, matching: Document, limit: int = 0) -> dict[str, int]:
        found = await all_at_once(self._users.find(matching, {"topic.generation": 1}).limit(limit))
        return {document["_id"]: document["topic"]["generation"] for document in found}
