"""Users: one document each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from domain.identity import User, folded
from schemas.preferences import Preferences, PreferencesChange
from store.errors import Conflict, Taken
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts
from store.ports import DELETED, PROFILE, Page

_PROFILE = ("name", "lastname", "email", "phone_number", "picture")
_TRIES = 5
_LAST_CHARACTER = "\U0010ffff"

_HERE: Document = {"erased_at": None, "chat": None}
"""Not erased, nor somebody in an ephemeral chat: the fields are not there."""
_REMAINS: Document = {
    "_id": "$_id",
    "username": DELETED,
    "folded": {"$concat": [f"{DELETED}:", "$_id"]},  # no username has a colon
    "names": [],
    "password_hash": "",
    "created_at": "$created_at",
    "preferences": {"read_receipts": False},
    "presence": "$presence",  # until the others have been told that he is gone, and since
    "topic": {
        "state": "gone",
        "generation": {"$ifNull": ["$topic.generation", 0]},
        "leased_until": "$$NOW",
    },
    "erased_at": "$$NOW",
    "erasing": True,
}
"""What is left of an erased account. His receipts stay hidden for good."""


class MongoUsers:
    def __init__(self, database: MotorDatabase) -> None:
        self._users = database.users

    @guarded
    async def create(self, user: User, password_hash: str) -> None:
        try:
            await self._users.insert_one(_document(user, password_hash))
        except DuplicateKeyError:
            if not await self._is_there(user):
                raise Taken(user.username) from None

    async def _is_there(self, user: User) -> bool:
        """Whether an earlier try of the same creation had succeeded."""
        return await self._users.find_one({"_id": user.id, "folded": folded(user.username)}, {"_id": 1}) is not None

    @guarded
    async def get(self, ids: Iterable[str]) -> Mapping[str, User]:
        found = await all_at_once(self._users.find({"_id": {"$in": texts(ids)}, **_HERE}))
        return {document["_id"]: _user(document) for document in found}

    @guarded
    async def credentials(self, username: str) -> tuple[User, str] | None:
        found = await self._users.find_one({"folded": folded(text(username)), **_HERE})
        return None if found is None else (_user(found), found["password_hash"])

    @guarded
    async def replace_password_hash(self, user: str, old: str, new: str) -> bool:
        # The new one too: a try whose answer was lost may have put it there.
        held = {"_id": text(user), **_HERE, "password_hash": {"$in": [text(old), text(new)]}}
        replaced = await self._users.update_one(held, {"$set": {"password_hash": new}})
        return replaced.matched_count > 0

    @guarded
    async def change_profile(self, user: str, change: Mapping[str, str | None]) -> User | None:
        for _ in range(_TRIES):
            found = await self._users.find_one({"_id": text(user), **_HERE})
            if found is None:
                return None
            changed = {name: text(value) for name, value in change.items() if name in PROFILE and value is not None}
            removed = {name: "" for name, value in change.items() if name in PROFILE and value is None}
            after = {name: value for name, value in (found | changed).items() if name not in removed}
            update: Document = {"$set": changed | {"names": _names(after)}}
            if removed:
                update["$unset"] = removed
            # What a search finds is made of several names: they have to be those it was made from.
            done = await self._users.update_one({"_id": user, "names": found["names"], **_HERE}, update)
            if done.matched_count:
                return _user(after)
        raise Conflict("the names went on changing")

    @guarded
    async def erase(self, user: str, password_hash: str) -> bool:
        held = {"_id": text(user), **_HERE, "password_hash": text(password_hash)}
        done = await self._users.update_one(held, [{"$replaceWith": _REMAINS}])
        return done.matched_count > 0

    @guarded
    async def erasing(self, limit: int) -> Sequence[str]:
        found = await all_at_once(self._users.find({"erasing": True}, {"_id": 1}).limit(number(limit)))
        return [document["_id"] for document in found]

    @guarded
    async def erased(self, user: str) -> None:
        await self._users.update_one({"_id": text(user)}, {"$unset": {"erasing": ""}})

    @guarded
    async def preferences(self, ids: Iterable[str]) -> Mapping[str, Preferences]:
        found = await all_at_once(self._users.find({"_id": {"$in": texts(ids)}, **_HERE}, {"preferences": 1}))
        return {document["_id"]: _preferences(document) for document in found}

    @guarded
    async def change_preferences(self, user: str, change: PreferencesChange) -> Preferences | None:
        wanted = change.model_dump(mode="json", exclude_none=True)
        # One that changes nothing still has to say what there is: an empty $set is refused.
        update = {"$set": {f"preferences.{name}": value for name, value in wanted.items()} | {"_id": text(user)}}
        changed = await self._users.find_one_and_update(
            {"_id": text(user), **_HERE}, update, {"preferences": 1}, return_document=ReturnDocument.AFTER
        )
        return _preferences(changed) if changed else None

    @guarded
    async def set_picture(self, user: str, media: str | None) -> None:
        change: Document = {"$unset": {"picture": ""}} if media is None else {"$set": {"picture": text(media)}}
        await self._users.update_one({"_id": text(user), **_HERE}, change)

    @guarded
    async def list(self, query: str | None, cursor: str | None, limit: int) -> Page[User]:
        return await self._page(_beginning_with(folded(text(query or ""))) | _after(cursor), limit)

    @guarded
    async def active(self, cursor: str | None, limit: int) -> Page[User]:
        return await self._page({"presence.online": True} | _after(cursor), limit)

    async def _page(self, matching: Document, limit: int) -> Page[User]:
        found = await all_at_once(self._users.find(matching | _HERE).sort("folded", 1).limit(number(limit) + 1))
        page = found[:limit]
        return Page(tuple(_user(document) for document in page), page[-1]["folded"] if len(found) > limit else None)


def _beginning_with(prefix: str) -> Document:
    """A range, so that an index serves it and nothing of the user's is a pattern."""
    if not prefix:
        return {}
    return {"names": {"$elemMatch": {"$gte": prefix, "$lte": prefix + _LAST_CHARACTER}}}


def _after(cursor: str | None) -> Document:
    return {} if cursor is None else {"folded": {"$gt": text(cursor)}}


def _document(user: User, password_hash: str) -> Document:
    profile = {name: value for name in _PROFILE if (value := getattr(user, name)) is not None}
    names = _names({"username": user.username, **profile})
    return {
        "_id": text(user.id),
        "username": text(user.username),
        "folded": names[0],
        "names": names,
        "password_hash": text(password_hash),
        "created_at": user.created_at,
        **profile,
    }


def _names(document: Mapping[str, Any]) -> list[str]:
    """What a search finds, the username first."""
    return [folded(document[name]) for name in ("username", "name", "lastname") if name in document]


def _preferences(document: Mapping[str, Any]) -> Preferences:
    """What a newer version added is passed over."""
    kept = document.get("preferences", {})
    return Preferences.model_validate({name: kept[name] for name in Preferences.model_fields if name in kept})


def _user(document: Mapping[str, Any]) -> User:
    profile = {name: document.get(name) for name in _PROFILE}
    return User(id=document["_id"], username=document["username"], created_at=document["created_at"], **profile)
