"""Sign-ins: a document for each login, which alone says what token may be used now, and one for every token there was.

A token is known before it becomes usable, so that one which is not the login's current token has been exchanged.
A login that ends is marked as ended before it goes, so that an access token of it can be told from others.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, ReturnDocument, UpdateOne

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import text, texts
from store.ports import Login


class MongoLogins:
    def __init__(self, database: MotorDatabase) -> None:
        self._logins = database.logins
        self._tokens = database.refresh_tokens
        self._ended = database.ended_logins

    @guarded
    async def create(self, login: Login) -> None:
        await self._make_known(login.token_hash, login.id, login.expires_at)
        await self._logins.replace_one({"_id": text(login.id)}, _document(login), upsert=True)

    @guarded
    async def rotate(self, old_hash: str, new_hash: str, now: datetime, expires_at: datetime) -> Login | None:
        token = await self._tokens.find_one({"_id": text(old_hash), "expires_at": {"$gt": now}})
        if token is None:
            return None
        await self._make_known(new_hash, token["login"], expires_at)
        rotated = await self._logins.find_one_and_update(
            {"_id": token["login"], "token_hash": old_hash},
            {"$set": {"token_hash": new_hash, "previous": old_hash, "expires_at": expires_at}},
            return_document=ReturnDocument.AFTER,
        )
        return _login(rotated) if rotated else await self._reused(token["login"], old_hash, new_hash)

    async def _reused(self, login: str, old_hash: str, new_hash: str) -> Login | None:
        repeated = await self._logins.find_one({"_id": login, "token_hash": new_hash, "previous": old_hash})
        if repeated is not None:
            return _login(repeated)
        token_owner = await self._logins.find_one({"_id": login}, {"user": 1})
        if token_owner is not None:
            await self._end({login: token_owner["user"]})
        return None

    @guarded
    async def revoke(self, token_hash: str) -> str | None:
        token = await self._tokens.find_one({"_id": text(token_hash)})
        if token is None:
            return None
        login: str = token["login"]
        found = await self._logins.find_one({"_id": login}, {"user": 1})
        if found is not None:
            await self._end({login: found["user"]})
        return login

    @guarded
    async def of(self, user: str) -> Sequence[Login]:
        newest_first = [("created_at", DESCENDING), ("_id", DESCENDING)]
        alive = {"user": text(user), "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
        return [_login(found) for found in await all_at_once(self._logins.find(alive, sort=newest_first))]

    @guarded
    async def end(self, user: str, logins: Iterable[str]) -> frozenset[str]:
        his = {"_id": {"$in": texts(logins)}, "user": text(user)}
        open_ones = [found["_id"] for found in await all_at_once(self._logins.find(his, {"_id": 1}))]
        await self._end(dict.fromkeys(open_ones, user))
        over = [found["_id"] for found in await all_at_once(self._ended.find(his, {"_id": 1}))]
        return frozenset(over)

    @guarded
    async def ended(self, logins: Iterable[str]) -> frozenset[str]:
        found = await all_at_once(self._ended.find({"_id": {"$in": texts(logins)}}, {"_id": 1}))
        return frozenset(document["_id"] for document in found)

    async def _end(self, logins: Mapping[str, str]) -> None:
        """Each with its user. It is known to be over before it is gone."""
        if not logins:
            return
        marks = [
            UpdateOne({"_id": login}, {"$setOnInsert": {"user": user}, "$currentDate": {"ended_at": True}}, upsert=True)
            for login, user in logins.items()
        ]
        await self._ended.bulk_write(marks)
        await self._logins.delete_many({"_id": {"$in": list(logins)}})

    async def _make_known(self, token_hash: str, login: str, expires_at: datetime) -> None:
        document = {"login": login, "expires_at": expires_at}
        await self._tokens.update_one({"_id": text(token_hash)}, {"$setOnInsert": document}, upsert=True)


def _document(login: Login) -> Document:
    return {
        "user": login.user,
        "device": login.device,
        "token_hash": login.token_hash,
        "previous": None,
        "created_at": login.created_at,
        "expires_at": login.expires_at,
    }


def _login(document: Mapping[str, Any]) -> Login:
    return Login(
        id=document["_id"],
        user=document["user"],
        device=document["device"],
        token_hash=document["token_hash"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
    )
