"""What clients say of how far they have come, on its way into Kafka: together, and beside the hot path."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import NamedTuple

import structlog

from bus.errors import BusError
from bus.ports import Position, Producer
from producer_gateway.edge.heads import Heads
from producer_gateway.receipts import outgoing
from schemas import metrics
from schemas.receipts import ReceiptRecord
from store.errors import StoreError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReceiptBufferConfig:
    coalesce_seconds: float = 0.25
    """How long what is said of one user in one conversation is gathered."""
    gather_seconds: float = 0.02
    """Between two looks at what is due: receipts go in small groups, so that no message waits behind a heap of them."""
    at_once: int = 200
    capacity: int = 50_000
    """Of users in conversations. Beyond it the oldest is dropped: what they say next covers it."""
    retry_seconds: float = 0.2
    max_retry_seconds: float = 5.0


class _Key(NamedTuple):
    user: str
    conversation: str


@dataclass(slots=True)
class _Waiting:
    due: float
    delivered: int
    read: int
    session: str | None

    def merge(self, delivered: int, read: int, session: str | None) -> None:
        self.delivered, self.read = max(self.delivered, delivered), max(self.read, read)
        if session != self.session:
            self.session = None


class ReceiptBuffer:
    """One record for each user and conversation at most every `coalesce_seconds`, however often he says something; at
    least once, as long as the process lives. A process that is killed loses what was said in its last quarter of a
    second; clients say again what their next snapshot does not show."""

    def __init__(self, heads: Heads, producer: Producer, random: Random, config: ReceiptBufferConfig) -> None:
        self._heads = heads
        self._producer = producer
        self._random = random
        self._config = config
        self._waiting: dict[_Key, _Waiting] = {}
        self._news = asyncio.Event()
        self._flushing = asyncio.Lock()

    def take(self, user: str, conversation: str, *, delivered: int = 0, read: int = 0, session: str | None) -> None:
        """A member says that he has everything up to these seqs. Never waits."""
        metrics.EDGE_RECEIPTS.labels("taken").inc()
        self._put(_Key(user, conversation), delivered, read, session, self._config.coalesce_seconds)

    def _put(self, key: _Key, delivered: int, read: int, session: str | None, seconds: float) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None:
            return waiting.merge(delivered, read, session)
        if len(self._waiting) >= self._config.capacity:
            del self._waiting[next(iter(self._waiting))]
            metrics.EDGE_RECEIPTS.labels("dropped").inc()
        self._waiting[key] = _Waiting(self._now() + seconds, delivered, read, session)
        return self._news.set()

    async def run(self) -> None:
        """Produce what is due, until cancelled; while Kafka or the store is away, try again with growing pauses."""
        failures = 0
        while True:
            await self._news.wait()
            await asyncio.sleep(self._pause(failures))
            failures = 0 if await self._flush(self._due()) else failures + 1
            if not self._waiting:
                self._news.clear()

    async def drain(self) -> None:
        """Produce everything that waits, whether due or not. Whoever calls it bounds the time."""
        failures = 0
        while self._waiting or self._flushing.locked():
            failures = 0 if await self._flush(self._first(self._waiting)) else failures + 1
            await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        if not failures:
            return self._config.gather_seconds
        longest = min(self._config.retry_seconds * 2.0 ** min(failures, 16), self._config.max_retry_seconds)
        return longest * self._random.uniform(0.5, 1.0)

    def _due(self) -> Sequence[_Key]:
        now = self._now()
        return self._first(key for key, waiting in self._waiting.items() if waiting.due <= now)

    def _first(self, keys: Iterable[_Key]) -> Sequence[_Key]:
        return tuple(islice(keys, self._config.at_once))

    async def _flush(self, keys: Sequence[_Key]) -> bool:
        """Produce these. What is not certainly in Kafka waits again; False when there is any."""
        async with self._flushing:
            taken = {key: waiting for key in keys if (waiting := self._waiting.pop(key, None)) is not None}
            try:
                missing = await self._produce(taken)
            except BaseException:
                self._put_back(taken)
                raise
            self._put_back(missing)
            return not missing

    def _put_back(self, missing: Mapping[_Key, _Waiting]) -> None:
        for key, waiting in missing.items():
            metrics.EDGE_RECEIPTS.labels("retried").inc()
            self._put(key, waiting.delivered, waiting.read, waiting.session, 0.0)

    async def _produce(self, taken: Mapping[_Key, _Waiting]) -> Mapping[_Key, _Waiting]:
        """Returns what has to be tried again."""
        if not taken:
            return {}
        try:
            heads = await self._heads.at_least({key.conversation: one.delivered for key, one in taken.items()})
            sent = [
                (key, await self._producer.enqueue(outgoing(_record(key, one, heads)))) for key, one in taken.items()
            ]
        except (StoreError, BusError) as error:
            log.warning("receipts_delayed", receipts=len(taken), error=repr(error))
            return taken
        outcomes = await asyncio.gather(*(one for _, one in sent), return_exceptions=True)
        return {key: taken[key] for (key, _), outcome in zip(sent, outcomes, strict=True) if _failed(outcome)}

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _record(key: _Key, waiting: _Waiting, heads: Mapping[str, int]) -> ReceiptRecord:
    head = heads.get(key.conversation, 0)
    return ReceiptRecord(
        conversation=key.conversation,
        user=key.user,
        delivered=min(max(waiting.delivered, waiting.read), head),
        read=min(waiting.read, head),
        session=waiting.session,
    )


def _failed(outcome: "Position | BaseException") -> bool:
    if isinstance(outcome, BusError):
        log.warning("receipt_delayed", error=repr(outcome))
        return True
    if isinstance(outcome, BaseException):
        raise outcome
    metrics.EDGE_RECEIPTS.labels("produced").inc()
    return False
