"""Where the contract suite finds a database to open stores on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, Self

from pymongo import MongoClient
from pymongo.database import Database

from store.memory import MemoryDatabase, MemoryStore
from store.mongo import open_store
from store.ports import Store


class Backend(Protocol):
    async def open(self) -> Store:
        """One more process's access."""


class MemoryBackend:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.database = MemoryDatabase(now)

    async def open(self) -> Store:
        return MemoryStore(self.database)


class MongoBackend:
    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self._client: MongoClient[dict[str, Any]] = MongoClient(url, timeoutMS=30_000, tz_aware=True)

    async def open(self) -> Store:
        return await open_store(self.url, self.name)

    @property
    def raw(self) -> Database[dict[str, Any]]:
        """The documents themselves."""
        return self._client[self.name]

    def emptied(self) -> Self:
        for name in self.raw.list_collection_names():
            if name != "migrations":
                self.raw[name].delete_many({})
        return self

    def drop(self) -> None:
        self._client.drop_database(self.name)
        self._client.close()
