"""The writer's process."""

import random
import time

from bus.ports import Bus
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    run_process("writer", settings, run_consumer(settings, settings.writer_port, _work))


async def _work(bus: Bus, store: Store, health: Health) -> None:
    writer = Writer(bus, store, random.Random(), _epoch_millis, WriterConfig())
    health.ready = True
    await writer.run()


def _epoch_millis() -> int:
    return time.time_ns() // 1_000_000
