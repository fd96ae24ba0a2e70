"""Durable timers: a document each, taken in hand by a lease on the database's clock."""

from collections.abc import Iterable, Sequence

from pymongo import UpdateOne

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts
from store.ports import Deadline

_NOW = {"$expr": {"$lte": ["$at", "$$NOW"]}}
_FREE = {"$expr": {"$and": [{"$lte": ["$at", "$$NOW"]}, {"$lte": [{"$ifNull": ["$held_until", "$at"]}, "$$NOW"]}]}}


class MongoDeadlines:
    def __init__(self, database: MotorDatabase) -> None:
        self._deadlines = database.deadlines

    @guarded
    async def set(self, deadlines: Sequence[Deadline]) -> None:
        if deadlines:
            await self._deadlines.bulk_write([_setting(deadline) for deadline in deadlines], ordered=True)

    @guarded
    async def claim(self, kind: str, holder: str, lease_seconds: float, limit: int) -> Sequence[Deadline]:
        due = self._deadlines.find({"kind": text(kind), **_FREE}, {"_id": 1}).sort("at", 1).limit(number(limit))
        ids = [found["_id"] for found in await all_at_once(due)]
        if not ids:
            return ()
        held = {"holder": {"$literal": text(holder)}, "held_until": {"$add": ["$$NOW", round(lease_seconds * 1000)]}}
        await self._deadlines.update_many({"_id": {"$in": ids}, **_FREE}, [{"$set": held}])
        taken = self._deadlines.find({"_id": {"$in": ids}, "holder": holder}).sort("at", 1)
        return [_deadline(found) for found in await all_at_once(taken)]

    @guarded
    async def done(self, holder: str, ids: Iterable[str]) -> None:
        await self._deadlines.delete_many({"_id": {"$in": texts(ids)}, "holder": text(holder)})

    @guarded
    async def overdue_seconds(self, kind: str) -> float:
        late = {"$divide": [{"$subtract": ["$$NOW", "$at"]}, 1000]}
        first: list[Document] = [
            {"$match": {"kind": text(kind), **_NOW}},
            {"$sort": {"at": 1}},
            {"$limit": 1},
            {"$project": {"late": late}},
        ]
        found = await self._deadlines.aggregate(first).to_list()
        return float(found[0]["late"]) if found else 0.0


def _setting(deadline: Deadline) -> UpdateOne:
    """An update that sets it, or leaves the document as it is, by what the document says at that moment."""
    new: Document = {
        "kind": text(deadline.kind),
        "at": deadline.at,
        "payload": {text(name): text(value) for name, value in deadline.payload.items()},
        "holder": None,
        "held_until": None,
    }
    earlier = {"$lt": [{"$ifNull": ["$at", {"$literal": None}]}, {"$literal": deadline.at}]}
    replaced = {"$mergeObjects": [{"_id": "$_id"}, {"$literal": new}]}
    return UpdateOne(
        {"_id": text(deadline.id)}, [{"$replaceWith": {"$cond": [earlier, replaced, "$$ROOT"]}}], upsert=True
    )


def _deadline(document: Document) -> Deadline:
    return Deadline(document["_id"], document["kind"], document["at"], document["payload"])
