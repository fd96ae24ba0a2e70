"""Numbered changes of the collections, each done once, by one process, before any other use of the database.

Many processes start at once: one holds the lock and migrates, the others wait. The lock is a lease on the database's
clock, so that a process that dies with it holds up nobody for long. Every migration can be repeated from its start, and
does no harm beside itself should the lease run out under it.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from itertools import zip_longest
from typing import NamedTuple

import structlog
from pymongo import ReturnDocument

from store.errors import StoreUnavailable
from store.mongo.client import MotorDatabase
from store.mongo.schema import COLLECTIONS
from store.mongo.schema.fields import CollectionSpec
from store.ports import PASSWORDS_KEPT

_log = structlog.get_logger(__name__)

_LEASE_SECONDS = 30.0
_POLL_SECONDS = 0.1
WAIT_SECONDS = 60.0
_LOCK = "lock"


class Migration(NamedTuple):
    number: int
    name: str
    run: Callable[[MotorDatabase], Awaitable[None]]


async def _create_collections(database: MotorDatabase) -> None:
    existing = frozenset(await database.list_collection_names())
    for spec in COLLECTIONS:
        await _create(database, spec, existing)


async def _create(database: MotorDatabase, spec: CollectionSpec, existing: frozenset[str]) -> None:
    if spec.name in existing:
        await database.command("collMod", spec.name, validator=spec.validator)
    else:
        await database.create_collection(spec.name, validator=spec.validator)
    if spec.indexes:
        await database[spec.name].create_indexes(list(spec.indexes))


async def _add_made_rev(database: MotorDatabase) -> None:
    """Nothing could change a message before this: each was made at the rev it has."""
    await database.messages.update_many({"made_rev": None}, [{"$set": {"made_rev": "$rev"}}])
    await _create_collections(database)


async def _date_group_passwords(database: MotorDatabase) -> None:
    """Those that are there may have to come into force yet: they stay for as long as new ones."""
    await _create_collections(database)
    later = {"$add": ["$$NOW", round(PASSWORDS_KEPT.total_seconds() * 1000)]}
    await database.group_passwords.update_many({"due_at": None}, [{"$set": {"due_at": later}}])


MIGRATIONS = (
    Migration(1, "create collections", _create_collections),
    Migration(2, "add preferences to users", _create_collections),
    Migration(3, "create the collections of receipts", _create_collections),
    Migration(4, "create push subscriptions", _create_collections),
    Migration(5, "create the notification ledger and digests", _create_collections),
    Migration(6, "create the collections of media", _create_collections),
    Migration(7, "keep the rev at which a message was made", _add_made_rev),
    Migration(8, "add presence to users, create deadlines", _create_collections),
    Migration(9, "create the collection of search", _create_collections),
    Migration(10, "remember ended logins", _create_collections),
    Migration(11, "create marks", _create_collections),
    Migration(12, "let users be erased", _create_collections),
    Migration(13, "index the state of user topics", _create_collections),
    Migration(14, "keep departures, group passwords and attempts", _create_collections),
    Migration(15, "create ephemeral chats", _create_collections),
    Migration(16, "index marks by user", _create_collections),
    Migration(17, "forget superseded group passwords", _date_group_passwords),
)


class Migrations:
    """Brings a database up to date."""

    def __init__(self, database: MotorDatabase, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
        self._database = database
        self._done = database.migrations
        self._migrations = migrations
        self._holder = secrets.token_hex(8)

    async def run(self, wait_seconds: float = WAIT_SECONDS) -> None:
        """Returns when every migration is done, whoever did it. Raises StoreUnavailable after `wait_seconds`."""
        try:
            async with asyncio.timeout(wait_seconds):
                while await self._missing():
                    await self._attempt()
        except TimeoutError:
            raise StoreUnavailable("the migrations did not end in time") from None

    async def _missing(self) -> tuple[Migration, ...]:
        done = frozenset([row["_id"] async for row in self._done.find({}, {"_id": 1})])
        return tuple(migration for migration in self._migrations if migration.number not in done)

    async def _attempt(self) -> None:
        if not await self._lock():
            await asyncio.sleep(_POLL_SECONDS)
            return
        missing = await self._missing()
        for migration, following in zip_longest(missing, missing[1:]):
            # One step may stand under several numbers in a row: then it is done once, under the last of them.
            if following is None or following.run is not migration.run:
                await self._lock()
                await migration.run(self._database)
            await self._note(migration)
        await self._done.delete_one({"_id": _LOCK, "holder": self._holder})

    async def _note(self, migration: Migration) -> None:
        record = {"$set": {"name": migration.name}, "$currentDate": {"done_at": True}}
        await self._done.update_one({"_id": migration.number}, record, upsert=True)
        _log.info("migrated", number=migration.number, name=migration.name)

    async def _lock(self) -> bool:
        """Take or renew the lock, if it is free, run out or ours."""
        nobodys = {"$eq": [{"$type": "$holder"}, "missing"]}
        ours = {"$eq": ["$holder", self._holder]}
        free = {"$or": [nobodys, ours, {"$lte": ["$until", "$$NOW"]}]}
        taken = {"_id": _LOCK, "holder": self._holder, "until": {"$add": ["$$NOW", round(_LEASE_SECONDS * 1000)]}}
        lock = await self._done.find_one_and_update(
            {"_id": _LOCK},
            [{"$replaceWith": {"$cond": [free, taken, "$$ROOT"]}}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return bool(lock["holder"] == self._holder)
