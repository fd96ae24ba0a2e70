"""The producer on Kafka: bounded waits, errors told apart, and a new engine whenever the old one is wedged."""

import asyncio
import contextvars
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

import structlog
from aiokafka import errors as kafka_errors
from aiokafka.structs import RecordMetadata
from prometheus_client import Counter

from bus.errors import BusError, RecordTooLarge, Unavailable, UnknownOutcome, UnknownTopic
from bus.kafka.engine import Engine
from bus.kafka.leaders import Leaders
from bus.kafka.outstanding import Outstanding, Pending
from bus.placing import partition_of, require_fits
from bus.ports import Outgoing, Position
from schemas import metrics
from schemas.topics import topic_kind

log = structlog.get_logger(__name__)

_TOO_LARGE = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)
_GONE = (kafka_errors.InvalidTopicError, kafka_errors.UnknownTopicOrPartitionError)

_LOOK_SECONDS = 0.25
_STOP_SECONDS = 5.0
_FIRST_RETRY_SECONDS = 0.1
_LONGEST_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ProducerConfig:
    delivery_seconds: float = 10.0
    """A record is acknowledged or given up within this time of its enqueueing."""
    connect_seconds: float = 2.0
    """How long an enqueue waits for the first connection."""
    request_seconds: float = 5.0
    buffered_records: int = 20_000
    buffered_bytes: int = 32 << 20


class KafkaProducer:
    """Obeys `bus.ports.Producer`.

    A wedged engine (aiokafka issue 1017: a sequence out of order, or no acknowledgement for the delivery time) is
    replaced by a new one with a producer id of its own; what was under way is answered UnknownOutcome, or
    Unavailable where nothing can have left. The old connections are cut first, so that little of it comes late.
    """

    def __init__(
        self, make_engine: Callable[[Leaders], Engine], leaders: Leaders, chance: random.Random, config: ProducerConfig
    ) -> None:
        self._make_engine = make_engine
        self._leaders = leaders
        self._chance = chance
        self._config = config
        self._outstanding = Outstanding(config.buffered_records, config.buffered_bytes)
        self._engine: Engine | None = None
        self._connected = asyncio.Event()
        self._broken = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    async def warm_up(self, topics: Iterable[str]) -> frozenset[str]:
        return await self._leaders.learn(topics)

    def forget(self, topics: Iterable[str]) -> None:
        self._leaders.forget(topics)

    async def send(self, message: Outgoing) -> Position:
        return await (await self.enqueue(message))

    async def enqueue(self, message: Outgoing) -> Awaitable[Position]:
        size = require_fits(message)
        partition = self._place(message, self._leaders.partitions(message.topic) or await self._learn(message.topic))
        if self._outstanding.full:
            await self._outstanding.wait_for_room(self._config.delivery_seconds)
        engine = self._engine or await self._connect()
        appended = await _append(engine, message, partition)
        if engine is not self._engine:
            raise Unavailable("the producer was replaced")
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[Position] = loop.create_future()
        pending = self._outstanding.take(loop.time(), size, acknowledged)
        appended.add_done_callback(partial(self._appended, pending))
        return acknowledged

    def _place(self, message: Outgoing, partitions: int) -> int:
        partition = partition_of(message, partitions, self._chance)
        if not 0 <= partition < partitions:
            raise UnknownTopic(f"{message.topic} has no partition {partition}")
        return partition

    async def _learn(self, topic: str) -> int:
        await self._leaders.learn([topic])
        partitions = self._leaders.partitions(topic)
        if partitions is None:
            raise UnknownTopic(topic)
        return partitions

    def _appended(self, pending: Pending, appended: "asyncio.Future[RecordMetadata]") -> None:
        failure = appended.exception()
        if pending.settled:
            return
        self._outstanding.settle(pending)
        metrics.PRODUCE_SECONDS.observe(asyncio.get_running_loop().time() - pending.enqueued_at)
        if failure is not None:
            self._fail(pending, failure)
            return
        topic, partition, _, offset, timestamp, *_ = appended.result()
        if offset < 0:
            pending.fail(UnknownOutcome("appended, but the broker has forgotten where"))
            return
        _produced(topic_kind(topic)).inc()
        pending.answer(Position(topic, partition, offset, timestamp))

    def _fail(self, pending: Pending, failure: BaseException) -> None:
        told = _told(failure)
        metrics.PRODUCE_FAILURES.labels(type(told).__name__).inc()
        pending.fail(told)
        if not isinstance(told, UnknownTopic):
            # Whatever it was, the sequence has a hole now: the broker will refuse all that comes after.
            self._break(repr(failure))

    def _break(self, reason: str) -> None:
        """Let nothing more leave, and answer for all of it: what stood behind a failed record must not overtake it."""
        engine, self._engine = self._engine, None
        if engine is None:
            return
        log.error("producer_replaced", reason=reason)
        metrics.PRODUCER_RECREATED.inc()
        engine.cut()
        self._connected.clear()
        self._outstanding.give_up(engine.produced_at)
        self._broken.set()

    async def _connect(self) -> Engine:
        """The engine, waited for a little while the first is being made. Raises Unavailable.

        While a broken one is replaced, at once: what waited would pass what failed before it.
        """
        if self._supervisor is None:
            loop = asyncio.get_running_loop()
            self._supervisor = loop.create_task(self._supervise(), name="producer", context=contextvars.Context())
        if self._supervisor.done():
            raise Unavailable("the producer is closed") from _error_of(self._supervisor)
        if self._broken.is_set():
            raise Unavailable("the connection was lost, and is being made again")
        try:
            async with asyncio.timeout(self._config.connect_seconds):
                await self._connected.wait()
        except TimeoutError as late:
            raise Unavailable("no broker can be reached") from late
        if self._engine is None:
            raise Unavailable("the connection was lost again")
        return self._engine

    async def _supervise(self) -> None:
        while True:
            engine = await self._start()
            self._broken.clear()
            self._engine = engine
            self._connected.set()
            while not self._broken.is_set():
                await self._watch(engine)
            self._dispose(engine)

    async def _start(self) -> Engine:
        pause = _FIRST_RETRY_SECONDS
        while True:
            engine = self._make_engine(self._leaders)
            try:
                async with asyncio.timeout(self._config.delivery_seconds):
                    await engine.start()
                    return engine
            except (kafka_errors.KafkaError, OSError, TimeoutError) as failure:
                log.warning("producer_not_connected", error=repr(failure))
                await _stop(engine)
            except asyncio.CancelledError:
                await _stop(engine)
                raise
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_RETRY_SECONDS)

    async def _watch(self, engine: Engine) -> None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._broken.wait()
        except TimeoutError:
            oldest = self._outstanding.oldest()
            if engine.dead:
                self._break("the sender ended")
            elif oldest is not None and asyncio.get_running_loop().time() - oldest > self._config.delivery_seconds:
                self._break("no acknowledgement in time")

    def _dispose(self, engine: Engine) -> None:
        task = asyncio.create_task(_stop(engine), name="producer-stop")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def close(self) -> None:
        """Wait up to the delivery time for what is under way; then end."""
        if self._supervisor is None:
            return
        if self._engine is not None:
            await self._outstanding.wait_until_empty(self._config.delivery_seconds)
        self._supervisor.cancel()
        await asyncio.wait([self._supervisor, *self._stopping])
        engine, self._engine = self._engine, None
        if engine is not None:
            self._outstanding.give_up(engine.produced_at)
            await _stop(engine)


async def _append(engine: Engine, message: Outgoing, partition: int) -> "asyncio.Future[RecordMetadata]":
    try:
        return await engine.append(message, partition)
    except _GONE as gone:
        raise UnknownTopic(message.topic) from gone
    except kafka_errors.KafkaError as failure:
        # It is in no batch: another record's failure, or a batch that stayed full.
        raise Unavailable(f"{message.topic}: {failure!r}") from failure


async def _stop(engine: Engine) -> None:
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await engine.stop()
    except (kafka_errors.KafkaError, OSError, TimeoutError) as failure:
        log.warning("producer_stopped_late", error=repr(failure))


def _told(failure: BaseException) -> BusError:
    if isinstance(failure, BusError):
        return failure
    if isinstance(failure, _GONE):
        return UnknownTopic(repr(failure))
    if isinstance(failure, _TOO_LARGE):
        return RecordTooLarge(repr(failure))
    return UnknownOutcome(repr(failure))


def _error_of(task: "asyncio.Task[None]") -> BaseException | None:
    return None if task.cancelled() else task.exception()


@lru_cache(maxsize=64)
def _produced(kind: str) -> Counter:
    return metrics.RECORDS_PRODUCED.labels(kind)
