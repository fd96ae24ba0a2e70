"""Uploads: a document each, their contents in GridFS.

The document is there first and goes last, so that whatever a process that died has left behind is found by it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from domain.media import KEEP_UNFINISHED, KEEP_UNREFERENCED, Content, Media, Purpose, Variant
from store.errors import StoreUnavailable
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key
from store.mongo.failures import guarded
from store.mongo.media_sweep import MediaSweep, file_id
from store.mongo.scalars import number, text, texts

_MOST_CLAIMS = 500
"""The newest that are kept of one upload, should it be sent so often within a day."""
_READY = {"state": "ready"}


class MongoMedia:
    def __init__(self, database: MotorDatabase) -> None:
        self._media = database.media
        self._messages = database.messages
        self._members = database.members
        self._files = AsyncIOMotorGridFSBucket(database, bucket_name="media")
        self._sweep = MediaSweep(database, self._files)

    @guarded
    async def keep(self, media: Media, contents: Mapping[Variant, BinaryIO]) -> None:
        await self._media.insert_one(_document(media))
        for variant, file in contents.items():
            await self._files.upload_from_stream_with_id(file_id(media.id, variant), media.id, file)
        ready = {"$set": {"state": "ready", "due_at": media.created_at + KEEP_UNREFERENCED}}
        done = await self._media.update_one({"_id": media.id, "state": "arriving"}, ready)
        if done.matched_count != 1:
            await self._sweep.remove_contents(media.id)
            raise StoreUnavailable("the upload took so long that it was removed")

    @guarded
    async def visible(self, user: str, ids: Iterable[str]) -> Mapping[str, Media]:
        return await self._visible(text(user), texts(ids))

    async def _visible(self, user: str, ids: list[str]) -> dict[str, Media]:
        documents = await all_at_once(self._media.find({"_id": {"$in": ids}, **_READY}))
        found = {document["_id"]: _media(document) for document in documents}
        others = [one for one, media in found.items() if not _is_open_to(user, media)]
        hidden = frozenset(others) - (await self._shown_to(user, others) if others else frozenset())
        return {one: media for one, media in found.items() if one not in hidden}

    async def _shown_to(self, user: str, ids: list[str]) -> frozenset[str]:
        """Those that messages carry in conversations of which he is a member."""
        carrying: list[Document] = [
            {"$match": {"media": {"$in": ids}, "deleted_at": None}},
            {"$unwind": "$media"},
            {"$match": {"media": {"$in": ids}}},
            {"$group": {"_id": {"media": "$media", "conversation": "$conversation"}}},
        ]
        pairs = [row["_id"] for row in await self._messages.aggregate(carrying).to_list()]
        rows = [member_key(pair["conversation"], user) for pair in pairs]
        present = self._members.find({"_id": {"$in": rows}, "left_rev": None}, {"conversation": 1})
        mine = {row["conversation"] for row in await all_at_once(present)}
        return frozenset(pair["media"] for pair in pairs if pair["conversation"] in mine)

    @guarded
    async def claim(self, user: str, ids: Iterable[str], key: str, now: datetime) -> frozenset[str]:
        wanted = frozenset(texts(ids))
        seen = await self._visible(text(user), list(wanted))
        missing = wanted - {one for one, media in seen.items() if media.purpose is Purpose.MESSAGE}
        return missing or await self._claim(wanted, text(key), now)

    async def _claim(self, ids: frozenset[str], key: str, now: datetime) -> frozenset[str]:
        """Returns those that went in between."""
        one = {"$each": [{"key": key, "at": now}], "$slice": -_MOST_CLAIMS}
        unclaimed = {"_id": {"$in": list(ids)}, **_READY, "claims.key": {"$ne": key}}
        await self._media.update_many(unclaimed, {"$push": {"claims": one}})
        claimed = self._media.find({"_id": {"$in": list(ids)}, **_READY, "claims.key": key}, {"_id": 1})
        return ids - {document["_id"] for document in await all_at_once(claimed)}

    @guarded
    async def read(self, media: str, variant: Variant, start: int, limit: int) -> bytes:
        try:
            file = await self._files.open_download_stream(file_id(text(media), variant))
            file.seek(min(number(start), file.length))
            return bytes(await file.read(number(limit)))
        except NoFile:
            return b""

    @guarded
    async def sweep(self, now: datetime, limit: int) -> int:
        return await self._sweep.run(now, number(limit))


def _is_open_to(user: str, media: Media) -> bool:
    return media.purpose is Purpose.PICTURE or media.uploader == user


def _document(media: Media) -> Document:
    document: Document = {
        "_id": text(media.id),
        "uploader": text(media.uploader),
        "purpose": media.purpose.value,
        "name": text(media.name),
        "created_at": media.created_at,
        "state": "arriving",
        "due_at": media.created_at + KEEP_UNFINISHED,
        "claims": [],
        "original": _content_document(media.original),
    }
    return document | ({} if media.thumbnail is None else {"thumbnail": _content_document(media.thumbnail)})


def _content_document(content: Content) -> Document:
    size = {"width": content.width, "height": content.height} if content.width is not None else {}
    return {"type": content.type, "size": content.size, "digest": content.digest, **size}


def _media(document: Mapping[str, Any]) -> Media:
    thumbnail = document.get("thumbnail")
    return Media(
        id=document["_id"],
        uploader=document["uploader"],
        purpose=Purpose(document["purpose"]),
        name=document["name"],
        created_at=document["created_at"],
        original=_content(document["original"]),
        thumbnail=None if thumbnail is None else _content(thumbnail),
    )


def _content(document: Mapping[str, Any]) -> Content:
    return Content(
        document["type"], document["size"], document["digest"], document.get("width"), document.get("height")
    )
