"""What only GridFS can do wrong: half of an upload, half of a removal."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import BinaryIO

import pytest

from domain.media import KEEP_UNFINISHED, KEEP_UNREFERENCED, Variant
from store.errors import StoreUnavailable
from store.ports import Store
from tests.making import ALICE, NOW
from tests.store.backends import MongoBackend
from tests.store.test_media import LARGE, keep, media, seen

pytestmark = pytest.mark.real


@pytest.fixture
async def store(mongo: MongoBackend) -> AsyncIterator[Store]:
    opened = await mongo.emptied().open()
    yield opened
    await opened.close()


class Interrupting(BytesIO):
    """A file in the middle of which something happens."""

    def __init__(self, backend: MongoBackend) -> None:
        super().__init__(LARGE)
        self._backend = backend

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            self.in_the_middle()
        return super().read(size)

    def in_the_middle(self) -> None:
        raise ConnectionResetError


class Removing(Interrupting):
    def in_the_middle(self) -> None:
        self._backend.raw.media.update_one({"_id": "f_1"}, {"$set": {"state": "leaving"}})


def left(backend: MongoBackend) -> int:
    return sum(backend.raw[name].count_documents({}) for name in ("media", "media.files", "media.chunks"))


async def test_an_upload_that_broke_off_is_not_seen_and_goes_whole(mongo: MongoBackend, store: Store) -> None:
    contents = {Variant.THUMBNAIL: BytesIO(b"small"), Variant.ORIGINAL: Interrupting(mongo)}
    with pytest.raises(ConnectionResetError):
        await store.media.keep(media(), contents)
    assert await seen(store, ALICE, "f_1") == set()
    assert left(mongo) == 3  # its document, and all of the thumbnail
    assert await store.media.sweep(NOW + KEEP_UNFINISHED, 10) == 1
    assert left(mongo) == 0


async def test_an_upload_that_took_too_long_leaves_nothing(mongo: MongoBackend, store: Store) -> None:
    slow: BinaryIO = Removing(mongo)
    with pytest.raises(StoreUnavailable):
        await store.media.keep(media(), {Variant.ORIGINAL: slow})
    assert left(mongo) == 1  # its document, which the sweep that has begun removes
    await store.media.sweep(NOW + KEEP_UNREFERENCED, 10)
    assert left(mongo) == 0


async def test_a_removal_that_broke_off_is_finished(mongo: MongoBackend, store: Store) -> None:
    await keep(store, media())
    mongo.raw.media.update_one({"_id": "f_1"}, {"$set": {"state": "leaving"}})
    mongo.raw["media.files"].delete_one({"_id": "f_1/original"})
    assert await seen(store, ALICE, "f_1") == set()
    assert await store.media.claim(ALICE, ["f_1"], "k", NOW) == {"f_1"}
    assert await store.media.sweep(NOW + KEEP_UNREFERENCED, 10) == 1
    assert left(mongo) == 0


async def test_what_is_claimed_while_it_is_being_removed_stays(mongo: MongoBackend, store: Store) -> None:
    """The sweep has read the upload; before it says that it leaves, a command claims it."""
    await keep(store, media())
    found = mongo.raw.media.find_one({"_id": "f_1"})
    assert found is not None
    await store.media.claim(ALICE, ["f_1"], "k", NOW)
    await store.media._sweep._remove(found)  # type: ignore[attr-defined]
    assert await seen(store, ALICE, "f_1") == {"f_1"}
