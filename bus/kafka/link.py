"""Connections to the brokers for everything but producing: made at first use, every question bounded in time."""

import asyncio
import random
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request

from bus.errors import Unavailable

SHARED = 0
"""The connections for short questions. Whoever parks requests at the broker takes a lane of his own."""

_CONNECT_SECONDS = 10.0


class BrokersOnly(list[str]):
    """An empty list that counts as given, so that it is not taken for the wish to know all topics."""

    def __bool__(self) -> bool:
        return True


class _Client(AIOKafkaClient):  # type: ignore[misc] # it has no types
    """aiokafka's client, whose own refreshes ask for brokers only: with thousands of topics they would cost seconds."""

    async def _metadata_update(self, cluster_metadata: ClusterMetadata, _topics: object) -> bool:
        return bool(await super()._metadata_update(cluster_metadata, BrokersOnly()))


class Link:
    """A process's way to the brokers. A broker's connection carries one request at a time: each lane has its own."""

    def __init__(self, bootstrap: str, client_id: str, chance: random.Random, request_seconds: float) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._chance = chance
        self._request_seconds = request_seconds
        self._client: _Client | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._lanes = SHARED

    def new_lane(self) -> int:
        self._lanes += 1
        return self._lanes

    async def ask(self, node: int, request: "Request[Any]", lane: int = SHARED) -> Any:
        """One broker's answer. Raises Unavailable when it does not come in time."""
        client = await self._started()
        try:
            # The client's own limit closes the connection; this one holds for connecting as well.
            async with asyncio.timeout(2 * self._request_seconds):
                return await client.send(node, request, group=lane)
        except (KafkaError, OSError, TimeoutError) as failure:
            raise Unavailable(f"broker {node}: {failure!r}") from failure

    async def ask_any(self, request: "Request[Any]") -> Any:
        """Any broker's answer; the others are tried when one fails. Raises Unavailable when none answers.

        After that the bootstrap addresses are asked anew: all brokers may have moved.
        """
        client = await self._started()
        nodes = [broker.nodeId for broker in client.cluster.brokers()]
        failure = Unavailable("no broker is known")
        for node in self._chance.sample(sorted(nodes), len(nodes)):
            try:
                return await self.ask(node, request)
            except Unavailable as failed:
                failure = failed
        await self._drop(client)
        raise failure

    async def _drop(self, client: _Client) -> None:
        if self._client is client:
            self._client = None
            await client.close()

    async def _started(self) -> _Client:
        if self._client is None:
            async with self._starting:
                if self._client is None:
                    self._client = await self._start()
        return self._client

    async def _start(self) -> _Client:
        if self._closed:
            raise Unavailable("the bus is closed")
        client = _Client(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            request_timeout_ms=int(self._request_seconds * 1000),
        )
        try:
            await asyncio.wait_for(client.bootstrap(), _CONNECT_SECONDS)
        except BaseException as failure:
            await client.close()
            if isinstance(failure, KafkaError | OSError | TimeoutError):
                raise Unavailable(f"{self._bootstrap}: {failure!r}") from failure
            raise
        return client

    async def close(self) -> None:
        self._closed = True
        if self._client is not None:
            await self._drop(self._client)
