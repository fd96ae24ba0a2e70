"""The one place where a connection is set up: what every operation of Parley on MongoDB has in common."""

from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorCollection,
    AsyncIOMotorCursor,
    AsyncIOMotorDatabase,
)

from store.mongo.documents import Document

MotorClient = AsyncIOMotorClient[Document]
MotorCollection = AsyncIOMotorCollection[Document]
MotorDatabase = AsyncIOMotorDatabase[Document]
Cursor = AsyncIOMotorCursor[Document]

_BATCH = 100_000

TIMEOUT_SECONDS = 10.0
"""Within this an operation is answered or StoreUnavailable, the driver's own retries included."""


def connect(url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> MotorClient:
    """Majority and journal for writes, majority for reads, from the primary: what was acknowledged to one process is
    seen by every other that asks afterwards. (A primary acknowledges by advancing the very snapshot that its majority
    reads are served from; one just elected may serve a slightly older one until its first write is everywhere.)
    Connecting itself happens with the first operation."""
    return AsyncIOMotorClient(
        url,
        timeoutMS=round(timeout_seconds * 1000),
        tz_aware=True,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        retryWrites=True,
        retryReads=True,
        appname="parley",
    )


async def all_at_once(cursor: Cursor) -> list[Document]:
    """Everything a query finds, in as few answers as the server's 16 MiB allow (its first one stops at 101 else)."""
    return await cursor.batch_size(_BATCH).to_list()
