"""Removing uploads that nothing refers to: what a message carries, or a user shows, stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo import UpdateOne

from domain.media import ASK_CLAIMED_AGAIN, KEEP_CLAIMED, KEEP_UNREFERENCED, Variant
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document


def file_id(media: str, variant: Variant) -> str:
    """The name of a content in GridFS."""
    return f"{media}/{variant}"


class MediaSweep:
    def __init__(self, database: MotorDatabase, files: AsyncIOMotorGridFSBucket) -> None:
        self._media = database.media
        self._messages = database.messages
        self._outcomes = database.outcomes
        self._users = database.users
        self._files = files

    async def run(self, now: datetime, limit: int) -> int:
        due = await all_at_once(self._media.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit))
        ready = [document for document in due if document["state"] == "ready"]
        settled = await self._settled([claim["key"] for document in ready for claim in document["claims"]])
        # After the claims: what a command made that was settled by then, is seen here.
        referenced = await self._referenced([document["_id"] for document in ready])
        await self._put_off([document for document in ready if document["_id"] in referenced], settled, now)
        rest = [document for document in ready if document["_id"] not in referenced]
        claimed = [document for document in rest if _open_claims(document, settled, now)]
        await self._ask_again(claimed, now)
        for document in due:
            if document["_id"] not in referenced and document not in claimed:
                await self._remove(document)
        return len(due)

    async def _settled(self, keys: list[str]) -> frozenset[str]:
        """The commands that have their outcome."""
        made = await all_at_once(self._messages.find({"key": {"$in": keys}}, {"_id": 0, "key": 1})) if keys else []
        refused = await all_at_once(self._outcomes.find({"_id": {"$in": keys}}, {"_id": 1})) if keys else []
        return frozenset(row["key"] for row in made) | {row["_id"] for row in refused}

    async def _referenced(self, ids: list[str]) -> frozenset[str]:
        carrying: list[Document] = [
            {"$match": {"media": {"$in": ids}, "deleted_at": None}},
            {"$unwind": "$media"},
            {"$match": {"media": {"$in": ids}}},
            {"$group": {"_id": "$media"}},
        ]
        carried = await self._messages.aggregate(carrying).to_list() if ids else []
        shown = await all_at_once(self._users.find({"picture": {"$in": ids}}, {"picture": 1})) if ids else []
        return frozenset(row["_id"] for row in carried) | {row["picture"] for row in shown}

    async def _put_off(self, documents: Sequence[Document], settled: frozenset[str], now: datetime) -> None:
        updates = [UpdateOne({"_id": one["_id"]}, _later(one, settled, now)) for one in documents]
        if updates:
            await self._media.bulk_write(updates, ordered=False)

    async def _ask_again(self, documents: Sequence[Document], now: datetime) -> None:
        ids = [document["_id"] for document in documents]
        if ids:
            await self._media.update_many({"_id": {"$in": ids}}, {"$set": {"due_at": now + ASK_CLAIMED_AGAIN}})

    async def _remove(self, document: Mapping[str, Any]) -> None:
        """Unless a command claims it at this moment. From `leaving` on nobody sees it, and nobody can claim it."""
        as_it_was = {"_id": document["_id"], "state": document["state"], "claims": document["claims"]}
        leaving = await self._media.update_one(as_it_was, {"$set": {"state": "leaving"}})
        if leaving.matched_count != 1:
            return
        await self.remove_contents(document["_id"])
        await self._media.delete_one({"_id": document["_id"]})

    async def remove_contents(self, media: str) -> None:
        for variant in Variant:
            try:
                await self._files.delete(file_id(media, variant))
            except NoFile:
                continue  # there was none, or an earlier sweep got so far: chunks without a file are gone either way


def _open_claims(document: Mapping[str, Any], settled: frozenset[str], now: datetime) -> bool:
    return any(claim["key"] not in settled and claim["at"] > now - KEEP_CLAIMED for claim in document["claims"])


def _later(document: Mapping[str, Any], settled: frozenset[str], now: datetime) -> Document:
    """Due again in a while; claims that are settled say nothing any more."""
    over = [claim for claim in document["claims"] if claim["key"] in settled]
    change: Document = {"$set": {"due_at": now + KEEP_UNREFERENCED}}
    return change | ({"$pullAll": {"claims": over}} if over else {})
