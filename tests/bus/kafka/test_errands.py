"""Errands against a broker that does what a test says."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from bus.errors import Unavailable
from bus.kafka.errands import Errands
from bus.kafka.fetch_request import SessionFetchRequest
from bus.kafka.fetch_session import FetchSession
from bus.kafka.link import Link
from bus.ports import Partition
from tests.bus.rigs import eventually

ONE, TWO = Partition("one"), Partition("two")
EMPTY = b""
OUT_OF_RANGE = 1


class Broker:
    """Holds one record at each offset below a partition's end; an answer carries one."""

    def __init__(self) -> None:
        self.ends: dict[Partition, int] = {}
        self.asked: list[Mapping[Partition, int]] = []
        self.on_ask: Callable[[], None] = lambda: None
        self.error = 0

    async def ask(self, node: int, request: SessionFetchRequest, lane: int) -> Any:
        changed = dict(request._fetch.changed)
        self.asked.append(changed)
        self.on_ask()
        topics = [(p.topic, [self._answer(p, offset)]) for p, offset in changed.items()]
        await asyncio.sleep(0.001)
        return SimpleNamespace(topics=topics)

    def _answer(self, partition: Partition, offset: int) -> tuple[Any, ...]:
        end = self.ends.get(partition, 0)
        return (partition.number, self.error, end, end, 0, [], b"record" if offset < end else EMPTY)


class Sink:
    def __init__(self) -> None:
        self.offsets: list[tuple[Partition, int]] = []

    async def wait_for_room(self) -> None:
        await asyncio.sleep(0)

    def fetched(self, session: FetchSession, partition: Partition, data: bytes) -> None:
        offset = session.offset(partition)
        self.offsets.append((partition, offset))
        session.want(partition, offset + 1)

    def failed(self, session: FetchSession, partition: Partition, error: int) -> None:
        raise AssertionError(partition)

    def unreachable(self, session: FetchSession) -> None:
        raise AssertionError(session)


class Errand:
    def __init__(self) -> None:
        self.broker, self.sink, self.session = Broker(), Sink(), FetchSession()
        link = cast("Link", self.broker)
        self.errands = Errands(link, 1, 2, self.session, self.sink, random.Random(1))
        self.session.want(ONE, 0)
        self.session.want(TWO, 0)


@asynccontextmanager
async def running() -> AsyncIterator[Errand]:
    errand = Errand()
    task = asyncio.create_task(errand.errands.run())
    try:
        yield errand
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_brings_all_there_is_and_only_what_it_was_sent_for() -> None:
    async with running() as errand:
        errand.broker.ends = {ONE: 3, TWO: 1}
        errand.errands.send([ONE])
        await eventually(lambda: errand.sink.offsets == [(ONE, 0), (ONE, 1), (ONE, 2)])
        assert all(TWO not in asked for asked in errand.broker.asked)


async def test_what_is_not_there_yet_is_asked_for_a_few_times() -> None:
    async with running() as errand:
        errand.errands.send([ONE])
        await eventually(lambda: len(errand.broker.asked) == 3)
        await asyncio.sleep(0.05)
        assert len(errand.broker.asked) == 3


async def test_news_during_a_fetch_send_it_out_again() -> None:
    async with running() as errand:
        broker = errand.broker
        broker.ends = {ONE: 1}

        def append_behind_the_answer() -> None:
            broker.on_ask = lambda: None
            asyncio.get_running_loop().call_later(0.002, broker.ends.update, {ONE: 2})
            errand.errands.send([ONE])

        broker.on_ask = append_behind_the_answer
        errand.errands.send([ONE])
        await eventually(lambda: errand.sink.offsets == [(ONE, 0), (ONE, 1)])


async def test_what_the_session_brought_meanwhile_is_dropped() -> None:
    async with running() as errand:
        errand.broker.ends = {ONE: 2}

        def overtake() -> None:
            errand.broker.on_ask = lambda: None
            errand.session.want(ONE, 1)

        errand.broker.on_ask = overtake
        errand.errands.send([ONE])
        await eventually(lambda: len(errand.broker.asked) == 1)
        errand.errands.send([ONE])
        await eventually(lambda: errand.sink.offsets == [(ONE, 1)])


async def test_a_partition_that_is_not_wanted_is_not_asked_for() -> None:
    async with running() as errand:
        errand.broker.ends = {TWO: 1}
        errand.session.drop(ONE)
        errand.errands.send([ONE])
        errand.errands.send([TWO])
        await eventually(lambda: errand.sink.offsets == [(TWO, 0)])
        assert all(ONE not in asked for asked in errand.broker.asked)


async def test_failures_are_left_to_the_session() -> None:
    async with running() as errand:
        errand.broker.ends = {ONE: 1}
        errand.broker.error = OUT_OF_RANGE
        errand.errands.send([ONE])
        await eventually(lambda: len(errand.broker.asked) == 3)

        def fail() -> None:
            errand.broker.on_ask = lambda: None
            raise Unavailable("away")

        errand.broker.error = 0
        errand.broker.on_ask = fail
        errand.errands.send([ONE])
        await eventually(lambda: len(errand.broker.asked) == 4)
        assert errand.sink.offsets == []
        errand.errands.send([ONE])
        await eventually(lambda: errand.sink.offsets == [(ONE, 0)])
