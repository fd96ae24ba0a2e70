"""When each user's next e-mail is due: one document for each user who ever had one to come."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pymongo import ASCENDING, ReturnDocument, UpdateOne

from domain.notifying import Digest
from store.mongo.client import MotorDatabase
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts


class MongoDigests:
    def __init__(self, database: MotorDatabase) -> None:
        self._digests = database.digests

    @guarded
    async def schedule(self, users: Iterable[str], at: datetime, every: timedelta) -> None:
        asking = [UpdateOne({"_id": user}, _ask(at, every), upsert=True) for user in texts(users)]
        if asking:
            await self._digests.bulk_write(asking, ordered=False)

    @guarded
    async def claim(self, now: datetime, until: datetime) -> Digest | None:
        taken: Document | None = await self._digests.find_one_and_update(
            {"due_at": {"$lte": now}},
            {"$set": {"due_at": until}, "$inc": {"attempts": 1}},
            sort=[("due_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        if taken is None:
            return None
        return Digest(taken["_id"], taken["number"], taken["scheduled"], taken["attempts"])

    @guarded
    async def postpone(self, digest: Digest, at: datetime) -> None:
        this = _this(digest) | {"due_at": {"$exists": True}}
        await self._digests.update_one(this, {"$set": {"due_at": at}})

    @guarded
    async def finish(self, digest: Digest, sent_at: datetime | None, again_at: datetime) -> None:
        nobody_asked = {"$eq": ["$scheduled", number(digest.scheduled)]}
        done: Document = {"due_at": {"$cond": [nobody_asked, "$$REMOVE", again_at]}, "attempts": 0}
        if sent_at is not None:
            done |= {"number": number(digest.number) + 1, "last_at": sent_at}
        await self._digests.update_one(_this(digest), [{"$set": done}])

    @guarded
    async def remove_user(self, user: str) -> None:
        await self._digests.delete_one({"_id": text(user)})


def _this(digest: Digest) -> Document:
    return {"_id": text(digest.user), "number": number(digest.number)}


def _ask(at: datetime, every: timedelta) -> list[Document]:
    """An update that counts the asking, and sets a deadline if there is none. (`$max` passes over what is null.)"""
    soonest = {"$max": [at, {"$add": ["$last_at", round(every.total_seconds() * 1000)]}]}
    zero = {name: {"$ifNull": [f"${name}", 0]} for name in ("number", "attempts")}
    asked = {
        "due_at": {"$ifNull": ["$due_at", soonest]},
        "last_at": {"$ifNull": ["$last_at", None]},
        "scheduled": {"$add": [{"$ifNull": ["$scheduled", 0]}, 1]},
    }
    return [{"$set": asked | zero}]
