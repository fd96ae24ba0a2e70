"""One life of the idempotent producer: one producer id, one set of connections, aiokafka's batching and sending."""

import asyncio
import random
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import InvalidTopicError, LeaderNotAvailableError
from aiokafka.producer.message_accumulator import MessageAccumulator
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.protocol.api import Request
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.structs import RecordMetadata, TopicPartition

from bus.errors import Unavailable
from bus.kafka.leaders import GRAVEYARD, LIMBO, Leaders
from bus.kafka.link import BrokersOnly
from bus.ports import Outgoing

_ALL_REPLICAS = -1
_BATCH_BYTES = 32_768
_UNCOMPRESSED = 0
_RETRY_SECONDS = 0.1
_LIMBO_SECONDS = 0.25
_REFRESH_SECONDS = 0.25
"""Between two refreshes of what all topics' leaders are, however often one is asked for."""
_PACE_SECONDS = 0.004
"""Between two produce requests to one broker. A request costs a broker about as much as fifty records do; under load
these milliseconds come back as shorter queues, and a lone record waits for nothing."""
_NO_TIMEOUT = 2**31 - 1


class _Client(AIOKafkaClient):  # type: ignore[misc] # it has no types
    """aiokafka's client with the leaders kept elsewhere.

    The sender sends one request at a time to each node, and waits for metadata when a leader is unknown, everybody
    with it. So partitions without a leader have a node of their own that keeps its request, and those of topics
    that are gone one that refuses.
    """

    def __init__(self, leaders: Leaders, chance: random.Random, **settings: object) -> None:
        super().__init__(**settings)
        self._leaders = leaders
        self._chance = chance
        self._earliest: dict[int, float] = {}
        self.produced_at = float("-inf")
        """When the last produce request may have begun to leave, by the loop's clock."""
        self.cut = False

    async def send(self, node_id: int, request: "Request[Any]", **options: object) -> Any:
        if node_id == GRAVEYARD or self.cut:
            raise InvalidTopicError
        if node_id == LIMBO:
            await asyncio.sleep(_LIMBO_SECONDS * self._chance.uniform(0.5, 1.0))
            raise LeaderNotAvailableError
        if isinstance(request, ProduceRequest) and await self.ready(node_id):
            await self._pace(node_id)
            self.produced_at = asyncio.get_running_loop().time()
        return await super().send(node_id, request, **options)

    async def _pace(self, node_id: int) -> None:
        """Let a moment pass between two requests to a broker: what comes meanwhile goes with the next, all of it."""
        now = asyncio.get_running_loop().time()
        earliest = self._earliest.get(node_id, now)
        self._earliest[node_id] = max(now, earliest) + _PACE_SECONDS
        if earliest > now:
            await asyncio.sleep(earliest - now)

    async def _metadata_update(self, cluster_metadata: ClusterMetadata, _topics: object) -> bool:
        await asyncio.sleep(_REFRESH_SECONDS * self._chance.uniform(0.5, 1.0))
        updated = bool(await super()._metadata_update(cluster_metadata, BrokersOnly()))
        try:
            await self._leaders.refresh()
        except Unavailable:
            return False
        return updated

    async def _maybe_wait_metadata(self) -> None:
        if not self.cut:
            await super()._maybe_wait_metadata()

    async def close(self) -> None:
        """Cut the connections. aiokafka leaves those waiting who had asked for a refresh: they are let go."""
        self.cut = True
        await super().close()
        refresh = self._md_update_fut
        if refresh is not None and not refresh.done():
            refresh.set_result(False)


class Engine:
    """Appends to Kafka until it breaks; then it is replaced whole."""

    def __init__(
        self, bootstrap: str, client_id: str, leaders: Leaders, chance: random.Random, request_seconds: float
    ) -> None:
        millis = int(request_seconds * 1000)
        transactions = TransactionManager(None, _NO_TIMEOUT)
        self._request_seconds = request_seconds
        self._client = _Client(
            leaders, chance, bootstrap_servers=bootstrap, client_id=client_id, request_timeout_ms=millis
        )
        self._accumulator = MessageAccumulator(
            leaders, _BATCH_BYTES, _UNCOMPRESSED, request_seconds, txn_manager=transactions
        )
        self._sender = Sender(
            self._client,
            acks=_ALL_REPLICAS,
            txn_manager=transactions,
            retry_backoff_ms=int(_RETRY_SECONDS * 1000),
            message_accumulator=self._accumulator,
            request_timeout_ms=millis,
        )

    async def start(self) -> None:
        """Connect and get a producer id. Raises aiokafka's errors, or never returns: the caller sets a limit."""
        await self._client.bootstrap()
        await self._sender.start()

    @property
    def produced_at(self) -> float:
        return self._client.produced_at

    @property
    def dead(self) -> bool:
        """Whether the sender has ended, which it never should."""
        return self._sender.sender_task is None or self._sender.sender_task.done()

    async def append(self, message: Outgoing, partition: int) -> "asyncio.Future[RecordMetadata]":
        """Put a record into the partition's batch, waiting while that is full. Raises aiokafka's errors.

        In an engine that was cut it lies for ever.
        """
        return await self._accumulator.add_message(  # type: ignore[no-any-return]
            TopicPartition(message.topic, partition),
            message.key,
            message.value,
            self._request_seconds,
            headers=list(message.headers),
        )

    def cut(self) -> None:
        """Let no request leave from now on."""
        self._client.cut = True

    async def stop(self) -> None:
        """Cut the connections and end the sender; what was not acknowledged never is. The caller sets a limit."""
        await self._client.close()
        await self._sender.close()
