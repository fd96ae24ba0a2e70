"""The fixed topics, which every process finds or makes when it starts."""

import asyncio
from collections.abc import Sequence
from random import Random

import structlog

from bus.errors import Unavailable
from bus.ports import Admin
from schemas.topics import TopicSpec

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 90.0
"""Less than whoever starts a process waits for it: what the process says of the cause is worth more."""
_BACKOFF_SECONDS = 0.2
_MAX_BACKOFF_SECONDS = 5.0


async def create(admin: Admin, specs: Sequence[TopicSpec], random: Random) -> None:
    """Return when all of them are there and can be written to.

    A cluster that has only just started takes its time over it, and all the processes ask at once. Raises Unavailable
    after a minute and a half of trying, BusError when a broker finds fault with a topic.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + _PATIENCE_SECONDS
    backoff = _BACKOFF_SECONDS
    while True:
        try:
            await admin.create(specs)
        except Unavailable as error:
            if clock() > deadline:
                raise
            log.warning("topics_delayed", error=repr(error))
        else:
            return
        await asyncio.sleep(backoff * random.uniform(0.5, 1.0))
        backoff = min(2 * backoff, _MAX_BACKOFF_SECONDS)
