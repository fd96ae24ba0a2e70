"""From user topics to `conversations`, in order, nothing skipped."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import Outgoing, Partition, Position, Producer, Reader, Record
from consumers.router.progress import Progress
from schemas import metrics
from schemas.headers import CONVERSATION, ORIGIN, SENT_AT, header, headers
from schemas.topics import CONVERSATIONS

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ForwarderConfig:
    fetch_wait_seconds: float = 0.5
    max_records: int = 1_000
    """Taken in hand at once."""
    backoff_seconds: float = 0.1
    max_backoff_seconds: float = 5.0


class Forwarder:
    """Reads the user topics it is given and forwards each record with the time of its first append.

    A record counts as forwarded when Kafka has acknowledged it. After a failed send it reads again from the first
    record that was not: what went through behind it comes twice, and falls out by its client id.
    """

    def __init__(
        self, reader: Reader, producer: Producer, progress: Progress, random: Random, config: ForwarderConfig
    ) -> None:
        self._reader = reader
        self._producer = producer
        self._progress = progress
        self._random = random
        self._config = config

    async def run(self) -> None:
        failures = 0
        while True:
            fetched = await self._reader.poll(self._config.fetch_wait_seconds, self._config.max_records)
            if await self._forward(fetched):
                failures = 0
            else:
                failures += 1
                await self._back_off(failures)

    async def _forward(self, fetched: Mapping[Partition, Sequence[Record]]) -> bool:
        """Forward what was fetched; whether all of it went through."""
        sent = [(partition, await self._enqueue_all(records)) for partition, records in fetched.items()]
        complete = True
        for (partition, acknowledgements), records in zip(sent, fetched.values(), strict=True):
            done = await self._acknowledged(acknowledgements)
            if done:
                self._progress.advance(partition, records[done - 1].offset + 1)
            if done < len(records):
                complete = False
                self._rewind(partition, records[done])
        return complete

    async def _enqueue_all(self, records: Sequence[Record]) -> list[Awaitable[Position] | BusError | None]:
        """One entry for each record up to the first that could not be enqueued; None for what is not forwarded."""
        entries: list[Awaitable[Position] | BusError | None] = []
        for record in records:
            try:
                entries.append(await self._producer.enqueue(forwarded(record)) if record.key is not None else None)
            except BusError as error:
                return [*entries, error]
        return entries

    async def _acknowledged(self, entries: Sequence[Awaitable[Position] | BusError | None]) -> int:
        """How many records, from the first, have gone through."""
        done = 0
        for entry in entries:
            if isinstance(entry, BusError):
                log.warning("forwarding_failed", error=repr(entry))
                return done
            if entry is not None:
                try:
                    await entry
                except BusError as error:
                    log.warning("forwarding_failed", error=repr(error))
                    return done
                metrics.ROUTED.inc()
            done += 1
        return done

    def _rewind(self, partition: Partition, record: Record) -> None:
        metrics.ROUTER_REWINDS.inc()
        if partition in self._reader.places():
            self._reader.add({partition: record.offset})

    async def _back_off(self, failures: int) -> None:
        limit = min(self._config.max_backoff_seconds, self._config.backoff_seconds * 2 ** min(failures, 10))
        await asyncio.sleep(self._random.uniform(limit / 2, limit))


def forwarded(record: Record) -> Outgoing:
    """The record as `conversations` gets it: keyed by conversation, with the time and place of its first append."""
    added = headers(**{SENT_AT: str(record.timestamp), ORIGIN: f"{record.topic}/{record.partition}/{record.offset}"})
    conversation = header(record.headers, CONVERSATION)
    key = record.key if conversation is None else conversation.encode()
    return Outgoing(CONVERSATIONS, record.value, key=key, headers=record.headers + added)
