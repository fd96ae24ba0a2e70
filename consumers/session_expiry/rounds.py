"""Work that is looked for again and again, round by round."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from bus.errors import BusError
from store.errors import StoreError

log = structlog.get_logger(__name__)


async def every(seconds: float, sweep: Callable[[], Awaitable[None]], random: Random, *, failed: str) -> None:
    """A round about every so many seconds, until cancelled. One that fails for Kafka or the store is logged as
    `failed`: the next makes up for it."""
    while True:
        await asyncio.sleep(seconds * random.uniform(0.8, 1.2))
        try:
            await sweep()
        except (BusError, StoreError) as error:
            log.warning(failed, error=repr(error))
