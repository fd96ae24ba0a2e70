"""The sweep of uploads: all that are due, however many."""

from datetime import timedelta
from random import Random

from consumers.session_expiry.media import MediaSweeper
from domain.media import KEEP_UNREFERENCED
from store.memory import MemoryDatabase, MemoryStore
from tests.making import ALICE, NOW
from tests.store.test_media import keep, media


async def test_a_sweep_goes_on_until_nothing_is_due() -> None:
    database = MemoryDatabase(lambda: NOW)
    store = MemoryStore(database)
    await keep(store, *(media(f"f_{number}") for number in range(450)))
    now = NOW + KEEP_UNREFERENCED - timedelta(seconds=1)
    sweeper = MediaSweeper(store.media, lambda: now, Random(1))
    await sweeper.sweep()
    assert len(database.media) == 450
    now += timedelta(seconds=1)
    await sweeper.sweep()
    assert not database.media
    assert await store.media.visible(ALICE, ["f_1"]) == {}
