"""Lives of edge and api processes, on the database's clock."""

from collections.abc import Iterable, Mapping, Sequence

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.failures import guarded
from store.mongo.scalars import text, texts
from store.ports import EdgeLife

_RUNNING = {"ended_at": None}


class MongoEdges:
    def __init__(self, database: MotorDatabase) -> None:
        self._edges = database.edges

    @guarded
    async def begin(self, life: EdgeLife) -> None:
        document = {"node": life.node, "topic": life.topic, "url": life.url, "lease": 0, "ended_at": None}
        await self._edges.update_one({"_id": text(life.incarnation)}, {"$setOnInsert": document}, upsert=True)

    @guarded
    async def renew(self, incarnation: str) -> bool:
        renewed = await self._edges.update_one({"_id": text(incarnation), **_RUNNING}, {"$inc": {"lease": 1}})
        return renewed.matched_count == 1

    @guarded
    async def leases(self) -> Mapping[str, int]:
        found = await all_at_once(self._edges.find(_RUNNING, {"lease": 1}))
        return {document["_id"]: document["lease"] for document in found}

    @guarded
    async def urls(self) -> Sequence[str]:
        return sorted(await self._edges.distinct("url", {**_RUNNING, "url": {"$ne": None}}))

    @guarded
    async def end(self, incarnations: Iterable[str]) -> None:
        ending = {"_id": {"$in": texts(incarnations)}, **_RUNNING}
        await self._edges.update_many(ending, {"$currentDate": {"ended_at": True}})

    @guarded
    async def ended(self, seconds_ago: float) -> Mapping[str, str]:
        latest = {"$subtract": ["$$NOW", round(seconds_ago * 1000)]}
        over = {"ended_at": {"$ne": None}, "$expr": {"$lte": ["$ended_at", latest]}}
        found = await all_at_once(self._edges.find(over, {"topic": 1}))
        return {document["_id"]: document["topic"] for document in found}

    @guarded
    async def topics(self) -> frozenset[str]:
        return frozenset(await self._edges.distinct("topic"))

    @guarded
    async def forget(self, incarnations: Iterable[str]) -> None:
        await self._edges.delete_many({"_id": {"$in": texts(incarnations)}})
