"""Ephemeral chats: one document each, and one for each of its users among all users."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bson import Binary
from pymongo.errors import BulkWriteError

from domain.ephemeral import EphemeralChat, Seat, Timer, timer_id
from domain.sealing import WrappedKey
from store.mongo.client import MotorCollection, MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import DUPLICATE_KEY, guarded
from store.mongo.scalars import text

_MILLISECOND = timedelta(milliseconds=1)


class MongoChats:
    def __init__(self, database: MotorDatabase) -> None:
        self._chats = database.ephemeral_chats
        self._users = database.users

    @guarded
    async def create(self, chat: EphemeralChat) -> None:
        # Users first: a seat that can be entered has somebody to sit there.
        await _insert(self._users, [_user(chat, seat) for seat in chat.seats])
        await _insert(self._chats, [_document(chat)])

    @guarded
    async def at(self, token_hash: str) -> EphemeralChat | None:
        return _chat(await self._chats.find_one({"seats.token_hash": text(token_hash)}))

    @guarded
    async def get(self, conversation: str) -> EphemeralChat | None:
        return _chat(await self._chats.find_one({"_id": text(conversation)}))

    @guarded
    async def claim(self, conversation: str, user: str, at: datetime) -> None:
        unclaimed = {"user": text(user), "claimed_at": None}
        await self._chats.update_one(
            {"_id": text(conversation), "seats": {"$elemMatch": unclaimed}}, {"$set": {"seats.$.claimed_at": at}}
        )

    @guarded
    async def close_topics(self, conversation: str) -> Mapping[str, int]:
        here = {"chat": text(conversation)}
        gone = {
            "state": "gone",
            "generation": {"$ifNull": ["$topic.generation", 0]},
            "leased_until": {"$ifNull": ["$topic.leased_until", "$$NOW"]},
        }
        await self._users.update_many(here, [{"$set": {"topic": gone}}])
        found = await all_at_once(self._users.find(here, {"topic.generation": 1}))
        return {user["_id"]: generation for user in found if (generation := user["topic"]["generation"])}


class MongoSeatUsers:
    """What is destroyed of a chat besides its conversation."""

    def __init__(self, database: MotorDatabase) -> None:
        self._database = database

    async def destroy(self, conversation: str) -> None:
        """The users last: by them the rest is found again."""
        database = self._database
        found = await all_at_once(database.users.find({"chat": conversation}, {"_id": 1}))
        users = [user["_id"] for user in found]
        if not users:
            return
        timers = [timer_id(conversation, which) for which in Timer]
        await database.deadlines.delete_many({"_id": {"$in": [*timers, *(f"away/{user}" for user in users)]}})
        await database.attempts.delete_many({"_id": {"$in": [f"seat/{user}" for user in users]}})
        await database.sessions.delete_many({"user": {"$in": users}})
        await database.ephemeral_chats.delete_one({"_id": conversation})
        await database.users.delete_many({"chat": conversation})


async def _insert(collection: MotorCollection, documents: Sequence[Document]) -> None:
    """Those that are not there. No upsert: MongoDB logs updates that are slow with what they set, and wrapped keys and
    names have no place in a log that nobody clears."""
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
            raise


def _user(chat: EphemeralChat, seat: Seat) -> Document:
    """Under his id where accounts have their names, so that no name is taken from anybody."""
    return {
        "_id": text(seat.user),
        "username": text(seat.name),
        "folded": f"chat:{seat.user}",
        "names": [],
        "password_hash": "",
        "created_at": chat.created_at,
        "chat": text(chat.conversation),
    }


def _document(chat: EphemeralChat) -> Document:
    return {
        "_id": text(chat.conversation),
        "created_at": chat.created_at,
        "expires_at": chat.expires_at,
        "inactivity_ms": chat.inactivity // _MILLISECOND,
        "seats": [_seat_document(seat) for seat in chat.seats],
    }


def _seat_document(seat: Seat) -> Document:
    return {
        "user": text(seat.user),
        "name": text(seat.name),
        "token_hash": text(seat.token_hash),
        "salt": Binary(seat.wrapped.salt),
        "nonce": Binary(seat.wrapped.nonce),
        "key": Binary(seat.wrapped.key),
        **({} if seat.claimed_at is None else {"claimed_at": seat.claimed_at}),
    }


def _chat(document: Document | None) -> EphemeralChat | None:
    if document is None:
        return None
    first, second = (_seat(seat) for seat in document["seats"])
    return EphemeralChat(
        conversation=document["_id"],
        seats=(first, second),
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        inactivity=document["inactivity_ms"] * _MILLISECOND,
    )


def _seat(document: Document) -> Seat:
    wrapped = WrappedKey(bytes(document["salt"]), bytes(document["nonce"]), bytes(document["key"]))
    return Seat(document["user"], document["name"], document["token_hash"], wrapped, document.get("claimed_at"))
