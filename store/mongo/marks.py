"""What members note of conversations for themselves: a document for each member who noted anything."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.receipts import Reader
from schemas.messages import Summary
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key
from store.mongo.failures import guarded
from store.mongo.scalars import text
from store.ports import FOREVER


class MongoMarks:
    def __init__(self, database: MotorDatabase) -> None:
        self._marks = database.marks

    @guarded
    async def mute(self, reader: Reader, until: datetime | None) -> None:
        await self._note(reader, {"muted_until": until or FOREVER})

    @guarded
    async def unmute(self, reader: Reader) -> None:
        await self._marks.update_one({"_id": _key(reader)}, {"$unset": {"muted_until": ""}})

    @guarded
    async def mark_unread(self, reader: Reader, *, unread: bool) -> None:
        await self._note(reader, {"unread": unread})

    async def _note(self, reader: Reader, noted: Document) -> None:
        whose = {"conversation": text(reader.conversation), "user": text(reader.user)}
        await self._marks.update_one({"_id": _key(reader)}, {"$set": whose | noted}, upsert=True)

    @guarded
    async def remove_user(self, user: str) -> None:
        await self._marks.delete_many({"user": text(user)})

    @guarded
    async def muted(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        muted = {"_id": {"$in": [_key(reader) for reader in readers]}, "$expr": _MUTED_NOW}
        found = await all_at_once(self._marks.find(muted, {"conversation": 1, "user": 1}))
        return frozenset(Reader(row["conversation"], row["user"]) for row in found)


_MUTED_NOW = {"$gt": ["$muted_until", "$$NOW"]}
_SHOWN = {"conversation": 1, "unread": 1, "muted_until": 1, "muted": _MUTED_NOW}


async def marked(database: MotorDatabase, user: str, summaries: Sequence[Summary]) -> tuple[Summary, ...]:
    """The summaries with what this member noted of them."""
    keys = [member_key(summary.id, user) for summary in summaries]
    rows = await all_at_once(database.marks.find({"_id": {"$in": keys}}, _SHOWN)) if keys else []
    noted = {row["conversation"]: _noted(row) for row in rows}
    return tuple(summary.model_copy(update=noted.get(summary.id, {})) for summary in summaries)


def _noted(row: Document) -> Document:
    until = row.get("muted_until")
    ends = row["muted"] and until != FOREVER
    return {
        "marked_unread": row.get("unread", False),
        "muted": row["muted"],
        "muted_until": until if ends else None,
    }


def _key(reader: Reader) -> str:
    return member_key(text(reader.conversation), text(reader.user))
