"""Putting what could not be sent into the dead letters: the event that asked for it, read again from the log."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bus.dead_letters import dead_letter
from bus.errors import Refused, Unavailable
from bus.ports import Bus, Partition, Record
from domain.notifying import Origin
from schemas import metrics
from schemas.times import to_millis
from schemas.topics import EVENTS

log = structlog.get_logger(__name__)

_FIND_SECONDS = 10.0
_POLL_SECONDS = 0.5


class DeadLetters:
    """One at a time. Putting back such a letter has the message notified of again, where it failed."""

    def __init__(self, bus: Bus, group: str, now: Callable[[], datetime]) -> None:
        self._reader = bus.reader()
        self._producer = bus.producer()
        self._group = group
        self._now = now
        self._turn = asyncio.Lock()

    async def put(self, origin: Origin, code: str, attempts: int) -> None:
        """Returns when Kafka has it. Raises Unavailable or UnknownOutcome when that is not so, or not certain."""
        async with self._turn:
            record = await self._find(Partition(EVENTS, origin.partition), origin.offset)
            if record is None:  # retention was faster: there is nothing to put back any more
                log.error("not_sent", code=code, attempts=attempts, partition=origin.partition, offset=origin.offset)
                return
            await self._producer.send(dead_letter(record, Refused(code), attempts, to_millis(self._now())))
        metrics.DEAD_LETTERED.labels(self._group, code).inc()
        log.error("dead_lettered", code=code, attempts=attempts, partition=origin.partition, offset=origin.offset)

    async def _find(self, partition: Partition, offset: int) -> Record | None:
        self._reader.add({partition: offset})
        try:
            async with asyncio.timeout(_FIND_SECONDS):
                while True:
                    for record in (await self._reader.poll(_POLL_SECONDS, 1)).get(partition, ()):
                        return record if record.offset == offset else None
        except TimeoutError:
            raise Unavailable("the event could not be read again") from None
        finally:
            self._reader.remove([partition])
