"""Group passwords, tries at them, and what is left of groups that ended."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo import ReturnDocument

from schemas.messages import ConversationKind
from store.mongo.chats import MongoSeatUsers
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key
from store.mongo.failures import guarded
from store.mongo.scalars import number, text
from store.ports import ATTEMPTS_REMEMBERED, PASSWORDS_KEPT, GroupPassword

_MILLISECONDS = 1000
_LATER = {"$add": ["$$NOW", round(PASSWORDS_KEPT.total_seconds() * _MILLISECONDS)]}


class MongoGroupPasswords:
    def __init__(self, database: MotorDatabase) -> None:
        self._conversations = database.conversations
        self._passwords = database.group_passwords

    @guarded
    async def put(self, conversation: str, password: GroupPassword) -> None:
        key = member_key(text(conversation), text(password.version))
        fields = {"conversation": conversation, "version": password.version, "hash": text(password.hash)}
        written = {name: {"$literal": value} for name, value in fields.items()}
        await self._passwords.update_one({"_id": key}, [{"$set": written | {"due_at": _LATER}}], upsert=True)

    @guarded
    async def forget_superseded(self, now: datetime, limit: int) -> int:
        fields = {"conversation": 1, "version": 1}
        due = self._passwords.find({"due_at": {"$lte": now}}, fields).sort("due_at", 1).limit(number(limit))
        found = await all_at_once(due)
        conversations = list({row["conversation"] for row in found})
        heads = await all_at_once(self._conversations.find({"_id": {"$in": conversations}}, {"password": 1}))
        in_force = {(head["_id"], head.get("password")) for head in heads}
        current = [row["_id"] for row in found if (row["conversation"], row["version"]) in in_force]
        superseded = [row["_id"] for row in found if (row["conversation"], row["version"]) not in in_force]
        await self._passwords.update_many({"_id": {"$in": current}}, {"$set": {"due_at": now + PASSWORDS_KEPT}})
        await self._passwords.delete_many({"_id": {"$in": superseded}})
        return len(found)

    @guarded
    async def current(self, conversation: str) -> GroupPassword | None:
        head = await self._conversations.find_one({"_id": text(conversation)}, {"password": 1})
        version = None if head is None else head.get("password")
        if version is None:
            return None
        found = await self._passwords.find_one({"_id": member_key(conversation, version)})
        return None if found is None else GroupPassword(version, found["hash"])


class MongoAttempts:
    def __init__(self, database: MotorDatabase) -> None:
        self._attempts = database.attempts

    @guarded
    async def begin(self, subject: str, free: int, longest_seconds: float) -> float:
        before = await self._attempts.find_one_and_update(
            {"_id": text(subject)},
            _counting(number(free), round(longest_seconds * _MILLISECONDS)),
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return float(before["refused"]) / _MILLISECONDS if "refused" in before else 0.0

    @guarded
    async def made(self, subject: str) -> int:
        fresh = {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}
        found = await self._attempts.find_one({"_id": text(subject), **fresh}, {"tries": 1})
        return 0 if found is None else int(found["tries"])

    @guarded
    async def take_back(self, subject: str) -> None:
        taken = {"tries": {"$max": [0, {"$subtract": ["$tries", 1]}]}, "locked_until": _UNLOCKED}
        await self._attempts.update_one({"_id": text(subject)}, [{"$set": taken}])

    @guarded
    async def succeed(self, subject: str) -> None:
        await self._attempts.delete_one({"_id": text(subject)})


_UNLOCKED = datetime.fromtimestamp(0, UTC)
"""Long ago by any clock: of two tries that cross, the one that is applied later may have the earlier `$$NOW`."""


def _counting(free: int, longest: int) -> list[Document]:
    """Count the try, unless the subject is locked out by the database's clock: then say for how many milliseconds."""
    fresh = {"$lte": [{"$ifNull": ["$expires_at", "$$NOW"]}, "$$NOW"]}
    left = {"$subtract": [{"$ifNull": ["$locked_until", "$$NOW"]}, "$$NOW"]}
    tries = {"$add": [{"$cond": [fresh, 0, "$tries"]}, 1]}
    over = {"$subtract": ["$$tries", free]}
    lock = {"$min": [longest, {"$multiply": [_MILLISECONDS, {"$pow": [2, {"$min": [over, 32]}]}]}]}
    counted = {
        "$let": {
            "vars": {"tries": tries},
            "in": {
                "tries": "$$tries",
                "locked_until": {"$cond": [{"$gte": ["$$tries", free]}, {"$add": ["$$NOW", lock]}, _UNLOCKED]},
                "expires_at": {"$add": ["$$NOW", round(ATTEMPTS_REMEMBERED.total_seconds() * _MILLISECONDS)]},
            },
        }
    }
    refused = {"$mergeObjects": ["$$ROOT", {"refused": left}]}
    kept = {"$mergeObjects": [{"_id": "$_id"}, counted]}
    return [{"$replaceWith": {"$cond": [{"$and": [{"$not": [fresh]}, {"$gt": [left, 0]}]}, refused, kept]}}]


class MongoEndings:
    def __init__(self, database: MotorDatabase) -> None:
        self._conversations = database.conversations
        self._people = MongoSeatUsers(database)
        self._parts = (
            database.messages,
            database.message_search,
            database.marks,
            database.outcomes,
            database.members,
            database.cursors,
            database.receipts,
            database.group_passwords,
        )

    @guarded
    async def due(self, kind: ConversationKind, ended_before: datetime, limit: int) -> Sequence[str]:
        ended = {"destroy_after": {"$lt": ended_before}, "kind": ConversationKind(kind).value}
        found = self._conversations.find(ended, {"_id": 1})
        return [head["_id"] for head in await all_at_once(found.sort("destroy_after", 1).limit(number(limit)))]

    @guarded
    async def destroy(self, conversation: str) -> None:
        one = text(conversation)
        head = await self._conversations.find_one({"_id": one}, {"applied": 1})
        if head is None:
            return
        for collection in self._parts:
            # Their keys begin with the conversation and a dot or a slash; `0` follows the slash.
            await collection.delete_many({"_id": {"$gte": f"{one}.", "$lt": f"{one}0"}})
        await self._people.destroy(one)
        # What was decided meanwhile is left to the next round: each decision has the conversation be due again.
        seen = {"_id": one, "applied": head["applied"]}
        await self._conversations.update_one(seen, {"$unset": {"destroy_after": ""}})
