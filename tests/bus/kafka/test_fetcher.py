"""The fetcher against a broker that does what a test says."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from bus.errors import Unavailable
from bus.kafka.fetch_request import SessionFetchRequest
from bus.kafka.fetch_session import Fetch, FetchSession
from bus.kafka.fetcher import Fetcher
from bus.kafka.link import Link
from bus.ports import Partition
from tests.bus.rigs import eventually

ONE, TWO = Partition("one"), Partition("two")
FINAL = -1


class Broker:
    """Answers every fetch with nothing, unless told otherwise."""

    def __init__(self) -> None:
        self.fetches: list[Fetch] = []
        self.on_fetch: Callable[[Fetch], int] = lambda _: 0
        """The error of the answer."""

    async def ask(self, node: int, request: SessionFetchRequest, lane: int) -> Any:
        self.fetches.append(request._fetch)
        await asyncio.sleep(0.001)
        return SimpleNamespace(error_code=self.on_fetch(request._fetch), session_id=7, topics=[])


class Sink:
    def __init__(self) -> None:
        self.unreached = 0

    async def wait_for_room(self) -> None:
        await asyncio.sleep(0)

    def fetched(self, session: FetchSession, partition: Partition, data: bytes) -> None:
        raise AssertionError(partition)

    def failed(self, session: FetchSession, partition: Partition, error: int) -> None:
        raise AssertionError(partition)

    def unreachable(self, session: FetchSession) -> None:
        self.unreached += 1


@asynccontextmanager
async def running(broker: Broker, sink: Sink) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(cast("Link", broker), 1, 1, sink, random.Random(1))
    task = asyncio.create_task(fetcher.run())
    try:
        yield fetcher
    finally:
        task.cancel()
        await asyncio.wait([task])


def want(fetcher: Fetcher, partition: Partition) -> None:
    fetcher.session.want(partition, 0)
    fetcher.wake()


async def test_what_is_wanted_while_the_session_ends_is_fetched() -> None:
    broker = Broker()
    async with running(broker, Sink()) as fetcher:

        def want_at_the_last_moment(fetch: Fetch) -> int:
            if fetch.epoch == FINAL:
                want(fetcher, TWO)
            return 0

        broker.on_fetch = want_at_the_last_moment
        want(fetcher, ONE)
        await eventually(lambda: len(broker.fetches) > 2)
        fetcher.session.drop(ONE)
        await eventually(lambda: any(TWO in fetch.changed for fetch in broker.fetches))


async def test_nothing_is_asked_while_nothing_is_wanted() -> None:
    broker = Broker()
    async with running(broker, Sink()) as fetcher:
        want(fetcher, ONE)
        await eventually(lambda: len(broker.fetches) > 2)
        fetcher.session.drop(ONE)
        await eventually(lambda: broker.fetches[-1].epoch == FINAL)
        asked = len(broker.fetches)
        await asyncio.sleep(0.05)
        assert len(broker.fetches) == asked


async def test_a_broker_that_fails_is_asked_less_and_less() -> None:
    broker, sink = Broker(), Sink()

    def fail(_: Fetch) -> int:
        raise Unavailable("away")

    async with running(broker, sink) as fetcher:
        clock = asyncio.get_running_loop().time
        begun = clock()
        broker.on_fetch = fail
        want(fetcher, ONE)
        await eventually(lambda: sink.unreached == 5)
        assert clock() - begun > (0.05 + 0.1 + 0.2 + 0.4) / 2
        broker.on_fetch = lambda _: 0
        failed = len(broker.fetches)
        await eventually(lambda: len(broker.fetches) > failed + 2)
    assert broker.fetches[failed].changed == {ONE: 0}


async def test_an_error_of_the_whole_answer_is_a_failure() -> None:
    broker, sink = Broker(), Sink()
    broker.on_fetch = lambda _: 58
    async with running(broker, sink) as fetcher:
        want(fetcher, ONE)
        await eventually(lambda: sink.unreached > 1)
