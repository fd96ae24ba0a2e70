"""The frame of every process: logs, signals, the connections to Kafka and MongoDB, health."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import structlog
import uvloop

from bus.kafka import KafkaBus
from bus.ports import Bus
from parley import topics
from parley.health import Health, serve_health
from parley.logs import configure_logs
from parley.settings import Settings
from schemas.topics import fixed_topics
from store.mongo import open_store
from store.ports import Store

log = structlog.get_logger(__name__)

_SWITCH_SECONDS = 0.0005
"""How long a thread may wait for the interpreter: MongoDB's answers arrive on threads, several for each batch, and each
would wait for up to 5 ms, Python's default, while the event loop is busy."""


def run_process(service: str, settings: Settings, main: Coroutine[Any, Any, None]) -> None:
    """Run a process until it ends or is told to stop (SIGTERM, SIGINT), which cancels `main`."""
    configure_logs(service, settings.log_level)
    _collect_seldom()
    sys.setswitchinterval(_SWITCH_SECONDS)
    uvloop.run(_until_signal(main))


def _collect_seldom() -> None:
    """Look for cyclic garbage less often, and never among what was imported: a full look at tens of thousands of
    sockets and caches stops the process for tens of milliseconds, and finds next to nothing."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


async def _until_signal(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(main)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    log.info("process_started")
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    log.info("process_stopped")


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[tuple[Bus, Store]]:
    """Kafka and MongoDB, with the fixed topics and the collections there; closed at the end."""
    bus = KafkaBus(
        settings.kafka_bootstrap,
        replication_factor=settings.replication,
        min_insync_replicas=settings.min_insync_replicas,
    )
    try:
        await topics.create(bus.admin(), fixed_topics(settings.layout), Random())
        store = await open_store(settings.mongo_url, settings.mongo_database)
        try:
            yield bus, store
        finally:
            await store.close()
    finally:
        await bus.close()


async def run_consumer(
    settings: Settings, port: int, work: Callable[[Bus, Store, Health], Coroutine[Any, Any, None]]
) -> None:
    """Run a consumer's work beside its health page until cancelled; then close everything."""
    health = Health()
    async with asyncio.TaskGroup() as tasks:
        page = tasks.create_task(serve_health(health, settings.host, port), name="health")
        async with connected(settings) as (bus, store):
            try:
                await work(bus, store, health)
            finally:
                health.ready = False
        page.cancel()
