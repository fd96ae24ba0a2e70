"""The search index's process."""

import random
from datetime import UTC, datetime

from bus.ports import Bus
from consumers.search_index.search_index import SearchIndex
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    run_process("search-index", settings, run_consumer(settings, settings.search_index_port, _work))


async def _work(bus: Bus, store: Store, health: Health) -> None:
    consumer = SearchIndex(bus, store, random.Random(), _now)
    health.ready = True
    await consumer.run()


def _now() -> datetime:
    return datetime.now(UTC)
