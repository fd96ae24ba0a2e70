"""How far user topics have been forwarded: `_id` is the topic, and a position only ever grows."""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts


class MongoRouterPositions:
    def __init__(self, database: MotorDatabase) -> None:
        self._positions = database.router_positions

    @guarded
    async def load(self, topics: Iterable[str]) -> Mapping[str, int]:
        found = await all_at_once(self._positions.find({"_id": {"$in": texts(topics)}}))
        return {document["_id"]: document["next"] for document in found}

    @guarded
    async def advance(self, positions: Mapping[str, int]) -> None:
        raises = [
            UpdateOne({"_id": text(topic)}, {"$max": {"next": number(offset)}}, upsert=True)
            for topic, offset in positions.items()
        ]
        if raises:
            await self._positions.bulk_write(raises, ordered=False)

    @guarded
    async def topics(self) -> frozenset[str]:
        found = await all_at_once(self._positions.find({"_id": {"$gt": ""}}, {"_id": 1}))
        return frozenset(document["_id"] for document in found)

    @guarded
    async def delete(self, topics: Iterable[str]) -> None:
        await self._positions.delete_many({"_id": {"$in": texts(topics)}})
