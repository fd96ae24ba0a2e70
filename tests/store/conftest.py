"""The store's two implementations, for the one contract both have to keep."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from store.mongo import open_store
from store.ports import Store
from tests.store.backends import Backend, MemoryBackend, MongoBackend


@pytest.fixture(scope="session")
def mongo(mongo_url: str) -> Iterator[MongoBackend]:
    """A database that is migrated once and emptied between tests."""
    backend = MongoBackend(mongo_url, f"test-{secrets.token_hex(8)}")

    async def migrate() -> None:
        await (await open_store(backend.url, backend.name)).close()

    asyncio.run(migrate())
    yield backend
    backend.drop()


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.real)])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "memory":
        return MemoryBackend(lambda: datetime.now(UTC))
    found: MongoBackend = request.getfixturevalue("mongo")
    return found.emptied()


@pytest.fixture
async def store(backend: Backend) -> AsyncIterator[Store]:
    opened = await backend.open()
    yield opened
    await opened.close()


@pytest.fixture
async def other(backend: Backend) -> AsyncIterator[Store]:
    """Another process's access to the same database."""
    opened = await backend.open()
    yield opened
    await opened.close()
