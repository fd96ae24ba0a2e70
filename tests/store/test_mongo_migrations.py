"""Migrations: each once, whoever starts when."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from store.errors import StoreUnavailable
from store.mongo import open_store
from store.mongo.client import MotorDatabase, connect
from store.mongo.migrations import MIGRATIONS, Migration, Migrations
from store.mongo.schema import COLLECTIONS

pytestmark = pytest.mark.real


@pytest.fixture
def raw(mongo_url: str, database_name: str) -> Iterator[Database[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_url, timeoutMS=30_000, tz_aware=True) as client:
        yield client[database_name]


@pytest.fixture
def databases(mongo_url: str, database_name: str) -> Iterator[list[MotorDatabase]]:
    """The database as several processes see it."""
    clients = [connect(mongo_url) for _ in range(6)]
    yield [client[database_name] for client in clients]
    for client in clients:
        client.close()


class Counting:
    """Migrations that count their runs."""

    def __init__(self, *failures: int) -> None:
        self.runs: list[int] = []
        self._failures = list(failures)

    def migration(self, number: int) -> Migration:
        async def run(database: MotorDatabase) -> None:
            self.runs.append(number)
            await asyncio.sleep(0.05)
            if number in self._failures:
                self._failures.remove(number)
                raise StoreUnavailable("on purpose")

        return Migration(number, f"number {number}", run)

    def upto(self, number: int) -> tuple[Migration, ...]:
        return tuple(self.migration(each) for each in range(1, number + 1))


async def test_many_who_start_at_once_migrate_once(databases: list[MotorDatabase]) -> None:
    counting = Counting()
    await asyncio.gather(*(Migrations(database, counting.upto(3)).run() for database in databases))
    assert counting.runs == [1, 2, 3]


async def test_many_stores_open_at_once_on_nothing(
    mongo_url: str, database_name: str, raw: Database[dict[str, Any]]
) -> None:
    stores = await asyncio.gather(*(open_store(mongo_url, database_name) for _ in range(6)))
    for store in stores:
        assert await store.users.get([]) == {}
        await store.close()
    assert set(raw.list_collection_names()) == {spec.name for spec in COLLECTIONS} | {"migrations"}
    for spec in COLLECTIONS:
        assert raw[spec.name].options()["validator"] == spec.validator
        assert len(raw[spec.name].index_information()) == len(spec.indexes) + 1
    assert [row["_id"] for row in raw.migrations.find()] == [migration.number for migration in MIGRATIONS]


async def test_what_is_new_is_done_later(databases: list[MotorDatabase]) -> None:
    counting = Counting()
    await Migrations(databases[0], counting.upto(1)).run()
    await Migrations(databases[1], counting.upto(3)).run()
    await Migrations(databases[2], counting.upto(2)).run()
    assert counting.runs == [1, 2, 3]


async def test_one_step_under_several_numbers_is_done_once(
    databases: list[MotorDatabase], raw: Database[dict[str, Any]]
) -> None:
    counting = Counting(1)
    step, other = counting.migration(1).run, counting.migration(2).run
    runs = (step, step, other, step, step)
    migrations = tuple(Migration(number, f"number {number}", run) for number, run in enumerate(runs, 1))
    with pytest.raises(StoreUnavailable):
        await Migrations(databases[0], migrations).run()
    assert raw.migrations.find_one({"_id": 2}) is None, "it has not been done"
    await Migrations(databases[0], migrations).run()
    assert counting.runs == [1, 1, 2, 1]
    assert [row["_id"] for row in raw.migrations.find()] == [1, 2, 3, 4, 5]


async def test_one_that_failed_is_done_by_the_next(databases: list[MotorDatabase]) -> None:
    counting = Counting(2)
    migrations = [Migrations(database, counting.upto(3)) for database in databases[:2]]
    with pytest.raises(StoreUnavailable):
        await migrations[0].run()
    await migrations[0].run()
    await migrations[1].run()
    assert counting.runs == [1, 2, 2, 3]


async def test_who_died_with_the_lock_holds_up_nobody_for_long(
    databases: list[MotorDatabase], raw: Database[dict[str, Any]]
) -> None:
    counting = Counting()
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    raw.migrations.insert_one({"_id": "lock", "holder": "dead", "until": soon})
    await Migrations(databases[0], counting.upto(1)).run()
    assert counting.runs == [1]
    assert datetime.now(UTC) >= soon


async def test_waiting_has_an_end(databases: list[MotorDatabase], raw: Database[dict[str, Any]]) -> None:
    counting = Counting()
    later = datetime.now(UTC) + timedelta(hours=1)
    raw.migrations.insert_one({"_id": "lock", "holder": "another", "until": later})
    with pytest.raises(StoreUnavailable):
        await Migrations(databases[0], counting.upto(1)).run(wait_seconds=0.3)
    assert counting.runs == []


async def test_the_collections_may_be_made_again(
    mongo_url: str, database_name: str, raw: Database[dict[str, Any]]
) -> None:
    """As after a process that died between making them and saying so."""
    await (await open_store(mongo_url, database_name)).close()
    raw.migrations.delete_many({})
    await (await open_store(mongo_url, database_name)).close()
    assert raw.migrations.count_documents({"_id": 1}) == 1
