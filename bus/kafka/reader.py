"""The reader on Kafka: one incremental fetch session per broker (KIP-227), thousands of partitions in each."""

import asyncio
import contextvars
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import structlog
from aiokafka import errors as kafka_errors

from bus.errors import Unavailable
from bus.kafka.errands import Errands
from bus.kafka.fetch_session import FetchSession
from bus.kafka.fetcher import EAGER, LEISURELY, SWEEPING, Fetcher
from bus.kafka.link import Link
from bus.kafka.locator import Located, Search, locate
from bus.kafka.stock import CorruptBatchError, Stock, chunks_of
from bus.ports import EARLIEST, Pace, Partition, Record
from schemas import metrics

log = structlog.get_logger(__name__)

_RHYTHMS = {Pace.EAGER: EAGER, Pace.PROMPTED: SWEEPING, Pace.LEISURELY: LEISURELY}

_STOCK_BYTES = 1 << 20
"""Nothing more is fetched while so much waits to be handed out."""
_FIRST_RETRY_SECONDS = 0.05
_LONGEST_RETRY_SECONDS = 2.0
_LEADER_MOVE_SECONDS = 0.2
"""A broker that refuses a partition is not asked again at once: others may not know the new leader yet."""
_MOST_RECORDS = 2_000
"""Taken apart at a time: nothing else in the process runs meanwhile."""

_OUT_OF_RANGE = kafka_errors.OffsetOutOfRangeError.errno


class KafkaReader:
    """Obeys `bus.ports.Reader`.

    A partition is either searched (its leader, and its place where that is vague) or in the session of its leader.
    Whatever goes wrong with it there, it is searched again. Where the caller prompts, news are fetched by errands, and
    the session, which costs the broker so much for each of its partitions, only sweeps up what they missed.
    """

    def __init__(self, link: Link, chance: random.Random, pace: Pace = Pace.EAGER) -> None:
        self._link = link
        self._chance = chance
        self._rhythm = _RHYTHMS[pace]
        self._prompted = pace is Pace.PROMPTED
        self._lane = link.new_lane()
        self._errands_lane = link.new_lane()
        self._places: dict[Partition, int] = {}
        self._searches: dict[Partition, Search] = {}
        self._homes: dict[Partition, Fetcher] = {}
        self._fetchers: dict[int, Fetcher] = {}
        self._errands: dict[Fetcher, Errands] = {}
        self._counted = 0
        self._stock = Stock()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._lost = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._runner: asyncio.Task[None] | None = None

    def add(self, places: Mapping[Partition, int]) -> None:
        for partition, offset in places.items():
            home = self._homes.get(partition)
            self._stock.drop(partition)
            self._places[partition] = offset
            if home is not None and offset != EARLIEST:
                home.session.want(partition, offset)
            else:
                self._search(Search(partition, offset))
        self._count()

    def remove(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            self._places.pop(partition, None)
            self._searches.pop(partition, None)
            self._stock.drop(partition)
            self._leave_home(partition)
        self._count()

    def places(self) -> Mapping[Partition, int]:
        return dict(self._places)

    def prompt(self, partitions: Iterable[Partition]) -> None:
        if not self._prompted:
            return
        by_home: defaultdict[Fetcher, list[Partition]] = defaultdict(list)
        for partition in partitions:
            # One that is still searched is fetched when it is found.
            if (home := self._homes.get(partition)) is not None:
                by_home[home].append(partition)
        for home, found in by_home.items():
            self._errands[home].send(found)

    async def poll(self, max_wait: float, max_records: int | None = None) -> Mapping[Partition, Sequence[Record]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + max_wait
        while True:
            self._ensure_running()
            self._news.clear()
            found = self._take(_MOST_RECORDS if max_records is None else min(max_records, _MOST_RECORDS))
            if found or loop.time() >= deadline:
                return found
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                return {}

    def _take(self, limit: int) -> Mapping[Partition, Sequence[Record]]:
        found, places = self._stock.take(limit)
        self._places |= places
        if self._stock.size < _STOCK_BYTES:
            self._room.set()
        if found:
            metrics.RECORDS_FETCHED.inc(sum(map(len, found.values())))
        return found

    def _ensure_running(self) -> None:
        if self._runner is None:
            loop = asyncio.get_running_loop()
            self._runner = loop.create_task(self._run(), name="reader", context=contextvars.Context())
            self._runner.add_done_callback(lambda _: self._news.set())
        elif self._runner.done():
            self._runner.result()  # what ended it
            raise Unavailable("the reader is closed")

    async def _run(self) -> None:
        async with self._tasks:
            retry = _FIRST_RETRY_SECONDS
            while True:
                await self._wait_for_searches(retry if self._searches else None)
                found = await self._locate()
                retry = _FIRST_RETRY_SECONDS if found else min(2 * retry, _LONGEST_RETRY_SECONDS)

    async def _wait_for_searches(self, seconds: float | None) -> None:
        """Until there is a new one, or for `seconds` where old ones are to be tried again."""
        limit = None if seconds is None else seconds * self._chance.uniform(0.5, 1.0)
        try:
            async with asyncio.timeout(limit):
                await self._lost.wait()
        except TimeoutError:
            return
        self._lost.clear()

    async def _locate(self) -> bool:
        """Whether all that was searched has been found, or found to be gone."""
        searches = tuple(self._searches.values())
        try:
            found = await locate(self._link, searches)
        except Unavailable as failure:
            log.warning("partitions_not_located", count=len(searches), error=str(failure))
            return False
        for search in found.gone:
            self._fall_out(search)
        for located in found.located:
            self._settle(located)
        return not self._searches

    def _search(self, search: Search, delay: float = 0.0) -> None:
        self._leave_home(search.partition)
        self._searches[search.partition] = search
        if delay:
            asyncio.get_running_loop().call_later(delay * self._chance.uniform(0.5, 1.0), self._lost.set)
        else:
            self._lost.set()

    def _settle(self, located: Located) -> None:
        partition = located.search.partition
        if self._searches.get(partition) is not located.search:
            return  # moved or removed meanwhile
        del self._searches[partition]
        fetcher = self._fetcher(located.leader)
        fetcher.session.want(partition, located.offset)
        fetcher.wake()
        self._homes[partition] = fetcher
        self.prompt([partition])
        if partition not in self._stock:
            self._places[partition] = located.offset

    def _fall_out(self, search: Search) -> None:
        if self._searches.get(search.partition) is search:
            log.info("partition_gone", topic=search.partition.topic, partition=search.partition.number)
            self.remove([search.partition])

    def _leave_home(self, partition: Partition) -> None:
        home = self._homes.pop(partition, None)
        if home is not None:
            home.session.drop(partition)

    def _fetcher(self, node: int) -> Fetcher:
        fetcher = self._fetchers.get(node)
        if fetcher is None:
            fetcher = self._fetchers[node] = Fetcher(self._link, node, self._lane, self, self._chance, self._rhythm)
            self._tasks.create_task(fetcher.run(), name=f"fetcher-{node}")
            if self._prompted:
                errands = Errands(self._link, node, self._errands_lane, fetcher.session, self, self._chance)
                self._errands[fetcher] = errands
                self._tasks.create_task(errands.run(), name=f"errands-{node}")
        return fetcher

    async def wait_for_room(self) -> None:
        while self._stock.size >= _STOCK_BYTES:
            self._room.clear()
            await self._room.wait()

    def fetched(self, session: FetchSession, partition: Partition, data: bytes) -> None:
        try:
            chunks = chunks_of(data)
        except CorruptBatchError:
            log.exception("corrupt_batch", topic=partition.topic, partition=partition.number)
            self._search(Search(partition, session.offset(partition)), _LEADER_MOVE_SECONDS)
            return
        if chunks:
            self._stock.put(partition, session.offset(partition), chunks)
            session.want(partition, chunks[-1].next_offset)
            self._news.set()

    def failed(self, session: FetchSession, partition: Partition, error: int) -> None:
        offset = session.offset(partition)
        log.info(
            "partition_lost",
            topic=partition.topic,
            partition=partition.number,
            offset=offset,
            error=kafka_errors.for_code(error).__name__,
        )
        if error == _OUT_OF_RANGE:
            self._search(Search(partition, offset, out_of_range=True))
        else:
            self._search(Search(partition, offset), _LEADER_MOVE_SECONDS)

    def unreachable(self, session: FetchSession) -> None:
        for partition in session.partitions:
            self._search(Search(partition, session.offset(partition)))

    def _count(self) -> None:
        metrics.FETCH_PARTITIONS.inc(len(self._places) - self._counted)
        self._counted = len(self._places)

    async def close(self) -> None:
        self.remove(tuple(self._places))
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait([self._runner])
        await asyncio.gather(*(fetcher.close() for fetcher in self._fetchers.values()))
