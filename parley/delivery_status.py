"""Delivery status's process."""

import random
from datetime import UTC, datetime

from bus.ports import Bus
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    run_process("delivery-status", settings, run_consumer(settings, settings.delivery_status_port, _work))


async def _work(bus: Bus, store: Store, health: Health) -> None:
    consumer = DeliveryStatus(bus, store, random.Random(), _now, DeliveryStatusConfig())
    health.ready = True
    await consumer.run()


def _now() -> datetime:
    return datetime.now(UTC)
