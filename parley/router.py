"""The router's process."""

import random

from bus.ports import Bus
from consumers.router.router import Router, RouterConfig
from parley.health import Health
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    async def work(bus: Bus, store: Store, health: Health) -> None:
        router = Router(bus, store, random.Random(), RouterConfig(layout=settings.layout))
        health.ready = True
        await router.run()

    run_process("router", settings, run_consumer(settings, settings.router_port, work))
