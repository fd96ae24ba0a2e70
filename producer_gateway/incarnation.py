"""The life of an edge or api process: its name, its topic, its lease, and the reading of what is delivered to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import EARLIEST, Bus, Partition, Record
from domain.leases import RENEW_SECONDS
from schemas import deliveries, metrics
from schemas.deliveries import Deliveries, Delivery
from schemas.headers import ReplyTo, schema_version
from schemas.topics import edge_topic, edge_topic_spec
from store.errors import StoreError
from store.ports import EdgeLife, Edges

log = structlog.get_logger(__name__)


def _nothing() -> None:
    """What a process does that keeps nothing under its address."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Who lives in the process. None of these may wait.

    `deliver` takes each delivery, in the order of the topic. `renewed_as_new`: the lease had lapsed, the process has a
    new address, and what was registered under the old one has to be registered anew. `missed`: deliveries were lost,
    before those that follow.
    """

    deliver: Callable[[Delivery], None]
    renewed_as_new: Callable[[], None] = _nothing
    missed: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class LifeConfig:
    node: str
    url: str | None = None
    """Where clients open sockets; None for an api."""
    renew_seconds: float = RENEW_SECONDS
    retry_seconds: float = 0.5
    poll_seconds: float = 1.0
    records_at_once: int = 500


class ProcessLife:
    """One process and its incarnations: mostly one, a new one each time its lease lapsed.

    The topics of former incarnations are read on until they are deleted: answers to what was submitted under the old
    address still arrive there.
    """

    def __init__(self, bus: Bus, edges: Edges, random: Random, config: LifeConfig) -> None:
        self._admin = bus.admin()
        self._reader = bus.reader()
        self._edges = edges
        self._random = random
        self._config = config
        self._expected: dict[Partition, int] = {}
        self.incarnation = ""
        self.topic = ""

    def reply_to(self, address: str) -> ReplyTo:
        """Where an answer reaches `address` in this process."""
        return ReplyTo(self.topic, address)

    async def begin(self) -> None:
        """Take an incarnation, make its topic and begin its lease; tries until that is done."""
        incarnation = f"{self._random.getrandbits(64):016x}"
        topic = edge_topic(self._config.node, incarnation)
        life = EdgeLife(incarnation, self._config.node, topic, self._config.url)
        await self._insist("edge_topic_not_made", lambda: self._make_topic(topic))
        await self._insist("lease_not_begun", lambda: self._edges.begin(life))
        self.incarnation, self.topic = incarnation, topic
        log.info("incarnation_begun", node=self._config.node, topic=topic)

    async def run(self, resident: Resident) -> None:
        """Renew the lease and hand over what is delivered, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_lease(resident), name="lease")
            tasks.create_task(self._read(resident), name="edge-topic")

    async def end(self) -> None:
        """Say that this life is over. Raises StoreUnavailable; the lease runs out by itself then."""
        await self._edges.end([self.incarnation])

    async def _make_topic(self, topic: str) -> None:
        await self._admin.create([edge_topic_spec(topic)])
        self._expected[Partition(topic)] = 0
        self._reader.add({Partition(topic): EARLIEST})

    async def _insist(self, complaint: str, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await step()
            except (BusError, StoreError) as error:
                log.warning(complaint, error=repr(error))
            await asyncio.sleep(self._config.retry_seconds * self._random.uniform(0.5, 1.5))

    async def _keep_lease(self, resident: Resident) -> None:
        pause = self._config.renew_seconds
        while True:
            await asyncio.sleep(pause * self._random.uniform(0.8, 1.0))
            try:
                alive = await self._edges.renew(self.incarnation)
            except StoreError as error:
                metrics.LEASE_RENEWAL_FAILURES.inc()
                log.warning("lease_not_renewed", error=repr(error))
                pause = self._config.retry_seconds
                continue
            pause = self._config.renew_seconds
            if not alive or Partition(self.topic) not in self._reader.places():
                await self._begin_anew(resident)

    async def _begin_anew(self, resident: Resident) -> None:
        lapsed = self.incarnation
        await self.begin()
        metrics.LEASE_LAPSES.inc()
        log.warning("lease_had_lapsed", incarnation=lapsed, successor=self.incarnation)
        resident.renewed_as_new()
        # It is over already, unless it is its topic that was lost.
        await self._insist("lapsed_lease_not_ended", lambda: self._edges.end([lapsed]))

    async def _read(self, resident: Resident) -> None:
        while True:
            found = await self._reader.poll(self._config.poll_seconds, self._config.records_at_once)
            for partition, records in found.items():
                await self._hand_over(partition, records, resident)

    async def _hand_over(self, partition: Partition, records: Sequence[Record], resident: Resident) -> None:
        for record in records:
            delivered = _deliveries(record)
            if delivered is None or record.offset != self._expected[partition]:
                metrics.DELIVERIES_MISSED.inc()
                log.error("deliveries_missed", topic=record.topic, offset=record.offset, readable=delivered is not None)
                resident.missed()
            self._expected[partition] = record.offset + 1
            for delivery in delivered or ():
                resident.deliver(delivery)
            if record is not records[-1]:
                await asyncio.sleep(0)  # a long batch must not keep the sockets waiting


def _deliveries(record: Record) -> Sequence[Delivery] | None:
    """None when it is unreadable, or of a schema above ours."""
    try:
        schema = schema_version(record.headers)
        if record.value is None or schema is None or schema[1] > deliveries.SCHEMA_VERSION:
            return None
        return Deliveries.model_validate_json(record.value).deliveries
    except ValueError:
        return None
