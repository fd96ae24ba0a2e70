"""Session expiry's process."""

import asyncio
import random
from datetime import UTC, datetime

from bus.ports import Bus
from consumers.session_expiry.leases import EdgeTopicSweeper, LeaseKeeper
from consumers.session_expiry.media import MediaSweeper
from consumers.session_expiry.user_topics import UserTopicSweeper
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    run_process("session-expiry", settings, run_consumer(settings, settings.session_expiry_port, _work))


async def _work(bus: Bus, store: Store, health: Health) -> None:
    chance, admin = random.Random(), bus.admin()
    keeper = LeaseKeeper(store.edges, store.sessions, chance)
    edge_topics = EdgeTopicSweeper(store.edges, store.sessions, admin, chance)
    user_topics = UserTopicSweeper(store.user_topics, store.router_positions, admin, bus.producer(), chance)
    media = MediaSweeper(store.media, lambda: datetime.now(UTC), chance)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keeper.run(), name="leases")
        tasks.create_task(edge_topics.run(), name="edge-topics")
        tasks.create_task(user_topics.run(), name="user-topics")
        tasks.create_task(media.run(), name="media")
        health.ready = True
