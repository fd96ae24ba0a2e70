"""One device, one socket: the older one is closed, wherever it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import structlog

from bus.errors import BusError, UnknownTopic
from bus.ports import Outgoing, Producer
from schemas import deliveries, metrics
from schemas.deliveries import Deliveries, Delivery
from schemas.errors import CloseCode
from schemas.headers import headers
from store.ports import SessionAddress

log = structlog.get_logger(__name__)

_SCHEMA = f"{deliveries.SCHEMA_NAME}/{deliveries.SCHEMA_VERSION}"


@dataclass(frozen=True, slots=True)
class EvictionsConfig:
    tries: int = 6
    retry_seconds: float = 0.5


class Evictions:
    """Closes replaced sockets with REPLACED: one that is here at once, another by way of its edge's topic."""

    def __init__(
        self,
        close_here: Callable[[str], bool],
        producer: Producer,
        tasks: asyncio.TaskGroup,
        random: Random,
        config: EvictionsConfig,
    ) -> None:
        """`close_here` closes a session of this edge, and says whether there was one."""
        self._close_here = close_here
        self._producer = producer
        self._tasks = tasks
        self._random = random
        self._config = config

    def evict(self, replaced: SessionAddress) -> None:
        if not self._close_here(replaced.session):
            self._tasks.create_task(self._send_word(replaced), name="eviction")

    async def _send_word(self, replaced: SessionAddress) -> None:
        word = Deliveries(deliveries=(Delivery(to=(replaced.session,), close=CloseCode.REPLACED),))
        record = Outgoing(replaced.edge_topic, word.model_dump_json().encode(), headers=headers(schema=_SCHEMA))
        for attempt in range(self._config.tries):
            try:
                await self._producer.send(record)
            except UnknownTopic:
                return  # that edge is over, and its sockets with it
            except BusError as error:
                log.warning("eviction_delayed", edge_topic=replaced.edge_topic, error=repr(error))
                await asyncio.sleep(self._config.retry_seconds * 2**attempt * self._random.uniform(0.5, 1.0))
            else:
                return
        metrics.EDGE_EVICTIONS_GIVEN_UP.inc()
        log.error("eviction_given_up", edge_topic=replaced.edge_topic)
