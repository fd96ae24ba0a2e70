"""How far members have come, and since when: cursors are moved by `$max` alone, rows are inserted once and stay.

A row's `_id` ends in its seq, so that the first row at or above a seq, and all of a conversation's rows, are ranges of
the one index that every collection has anyway.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.receipts import ReceiptKind
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key, message_key
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts
from store.ports import Receipt, Stretch

_SEQ_DIGITS = 10


class MongoReceipts:
    def __init__(self, database: MotorDatabase) -> None:
        self._cursors = database.cursors
        self._rows = database.receipts
        self._members = database.members
        self._messages = database.messages

    @guarded
    async def cursors(self, readers: Iterable[Reader]) -> Mapping[Reader, MemberCursor]:
        found = self._cursors.find({"_id": {"$in": [_reader_key(reader) for reader in readers]}})
        return {_reader(row): MemberCursor(row["delivered"], row["read"]) for row in await all_at_once(found)}

    @guarded
    async def rows(self, keys: Iterable[RowKey]) -> Mapping[RowKey, ReceiptRow]:
        found = await all_at_once(self._rows.find({"_id": {"$in": [_row_key(key) for key in keys]}}))
        return {row.key: row for row in map(_row_from, found)}

    @guarded
    async def advance(self, rows: Iterable[ReceiptRow], cursors: Mapping[Reader, MemberCursor]) -> None:
        insert = [UpdateOne({"_id": _row_key(row.key)}, {"$setOnInsert": _fields(row)}, upsert=True) for row in rows]
        if insert:
            await self._rows.bulk_write(insert, ordered=False)
        lift = [UpdateOne({"_id": _reader_key(r)}, _raise(r, cursor), upsert=True) for r, cursor in cursors.items()]
        if lift:
            await self._cursors.bulk_write(lift, ordered=False)

    @guarded
    async def senders(self, stretches: Mapping[str, Stretch]) -> Mapping[str, Mapping[int, str]]:
        senders: defaultdict[str, dict[int, str]] = defaultdict(dict)
        ranges = [_range(text(conversation), stretch) for conversation, stretch in stretches.items()]
        if ranges:
            fields = {"_id": 0, "conversation": 1, "seq": 1, "sender": 1}
            for row in await all_at_once(self._messages.find({"$or": ranges}, fields)):
                senders[row["conversation"]][row["seq"]] = row["sender"]
        return senders

    @guarded
    async def members(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        keys = [_reader_key(reader) for reader in readers]
        found = self._members.find({"_id": {"$in": keys}, "left_rev": None}, {"conversation": 1, "user": 1})
        return frozenset(map(_reader, await all_at_once(found)))

    @guarded
    async def of_message(self, conversation: str, seq: int) -> Sequence[Receipt]:
        message = await self._messages.find_one(
            {"_id": message_key(text(conversation), number(seq))}, {"sender": 1, "sent_at": 1}
        )
        if message is None:
            return ()
        recipients, delivered, read = await asyncio.gather(
            self._recipients(conversation, message),
            self._since(conversation, ReceiptKind.DELIVERED, seq),
            self._since(conversation, ReceiptKind.READ, seq),
        )
        return [Receipt(user, delivered.get(user), read.get(user)) for user in recipients]

    async def _recipients(self, conversation: str, message: Mapping[str, Any]) -> Sequence[str]:
        present = {"conversation": conversation, "left_rev": None, "joined_at": {"$lte": message["sent_at"]}}
        found = await all_at_once(self._members.find(present, {"_id": 0, "user": 1}))
        return sorted(row["user"] for row in found if row["user"] != message["sender"])

    async def _since(self, conversation: str, kind: ReceiptKind, seq: int) -> Mapping[str, datetime]:
        """User → when he had got, or read, this seq: times grow with the seqs, so the first row says it."""
        reached = {**_of_conversation(conversation), kind.value: {"$gte": seq}}
        first = {
            "$lookup": {
                "from": "receipts",
                "let": _range_of_rows(kind, seq),
                "pipeline": [
                    {"$match": {"$expr": {"$and": [{"$gte": ["$_id", "$$low"]}, {"$lte": ["$_id", "$$high"]}]}}},
                    {"$sort": {"_id": 1}},
                    {"$limit": 1},
                    {"$project": {"at": 1}},
                ],
                "as": "first",
            }
        }
        found = self._cursors.aggregate([{"$match": reached}, first])
        return {row["user"]: row["first"][0]["at"] for row in await found.to_list() if row["first"]}

    @guarded
    async def delete(self, conversations: Iterable[str]) -> None:
        for conversation in texts(conversations):
            await self._cursors.delete_many(_of_conversation(conversation))
            await self._rows.delete_many(_of_conversation(conversation))


def _reader_key(reader: Reader) -> str:
    return member_key(text(reader.conversation), text(reader.user))


def _row_key(key: RowKey) -> str:
    return f"{_reader_key(key.reader)}/{key.kind.value}/{number(key.seq):0{_SEQ_DIGITS}d}"


def _reader(row: Mapping[str, Any]) -> Reader:
    return Reader(row["conversation"], row["user"])


def _fields(row: ReceiptRow) -> Document:
    reader, kind, seq = row.key
    return {
        "conversation": reader.conversation,
        "user": reader.user,
        "kind": kind.value,
        "seq": seq,
        "after": number(row.after),
        "at": row.at,
    }


def _row_from(row: Mapping[str, Any]) -> ReceiptRow:
    return ReceiptRow(RowKey(_reader(row), ReceiptKind(row["kind"]), row["seq"]), row["after"], row["at"])


def _raise(reader: Reader, cursor: MemberCursor) -> Document:
    return {
        "$max": {"delivered": number(cursor.delivered), "read": number(cursor.read)},
        "$setOnInsert": {"conversation": reader.conversation, "user": reader.user},
    }


def _range(conversation: str, stretch: Stretch) -> Document:
    above, to = message_key(conversation, number(stretch.after)), message_key(conversation, number(stretch.to))
    return {"_id": {"$gt": above, "$lte": to}}


def _of_conversation(conversation: str) -> Document:
    """All keys that begin with it and a slash (`0` follows the slash)."""
    return {"_id": {"$gte": f"{conversation}/", "$lt": f"{conversation}0"}}


def _range_of_rows(kind: ReceiptKind, seq: int) -> Document:
    low, high = f"/{kind.value}/{seq:0{_SEQ_DIGITS}d}", f"/{kind.value}/{'9' * _SEQ_DIGITS}"
    return {"low": {"$concat": ["$_id", low]}, "high": {"$concat": ["$_id", high]}}


class MongoReceiptWatermarks:
    def __init__(self, database: MotorDatabase) -> None:
        self._watermarks = database.receipt_watermarks

    @guarded
    async def load(self) -> Mapping[int, datetime]:
        return {row["_id"]: row["until"] for row in await all_at_once(self._watermarks.find({}))}

    @guarded
    async def advance(self, watermarks: Mapping[int, datetime]) -> None:
        raises = [
            UpdateOne({"_id": number(partition)}, {"$max": {"until": instant}}, upsert=True)
            for partition, instant in watermarks.items()
        ]
        if raises:
            await self._watermarks.bulk_write(raises, ordered=False)
