"""Session expiry's process."""

import random
import time

from bus.ports import Bus
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    run_process("session-expiry", settings, run_consumer(settings, settings.session_expiry_port, _work))


async def _work(bus: Bus, store: Store, health: Health) -> None:
    expiry = SessionExpiry(bus, store, random.Random(), _epoch_millis, ExpiryConfig())
    health.ready = True
    await expiry.run()


def _epoch_millis() -> int:
    return time.time_ns() // 1_000_000
