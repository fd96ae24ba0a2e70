"""The group runner: handled before committed, tried again, put aside alone, given up when it is another's."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random

import pytest

from bus.errors import MembershipLost, NotOwner, Refused, Unavailable
from bus.memory import MemoryBus, MemoryCluster, Step
from bus.ports import Outgoing, Partition, Record
from bus.runner import GroupRunner, RunnerConfig
from schemas import headers as names
from schemas.headers import header
from schemas.times import to_millis
from schemas.topics import DEAD_LETTERS, TopicSpec
from tests.consumers.world import running
from tests.simulation.clock import VirtualLoop, run_virtually
from tests.virtually import eventually

TOPIC = "work"
CONFIG = RunnerConfig("workers", TOPIC, retryable=(ConnectionError,), max_records=8)


class Recorder:
    """Remembers what it was given, after a will of the test's."""

    def __init__(self, will: Callable[[Sequence[Record]], None] = lambda _: None) -> None:
        self.handled: list[int] = []
        self.batches: list[int] = []
        self.put_aside: list[int] = []
        self.gone: list[frozenset[Partition]] = []
        self.seconds = 0.001
        self._will = will

    async def handle(self, records: Sequence[Record]) -> None:
        self.batches.append(len(records))
        self._will(records)
        await asyncio.sleep(self.seconds)
        self.handled.extend(record.offset for record in records)

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        self.put_aside.append(record.offset)

    def lost(self, partitions: frozenset[Partition]) -> None:
        self.gone.append(partitions)


class Shop:
    """A topic of one partition, and runners on it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.now = lambda: to_millis(loop.now())
        self.cluster = MemoryCluster(self.now)
        self.cluster.create([TopicSpec(TOPIC, 1), TopicSpec(DEAD_LETTERS, 8)])

    async def put(self, count: int) -> None:
        producer = MemoryBus(self.cluster).producer()
        for _ in range(count):
            await producer.send(Outgoing(TOPIC, b"value", key=b"key", headers=((names.SCHEMA, b"command/1"),)))

    def runner(self, handler: Recorder, slot: str = "one", bus: MemoryBus | None = None) -> GroupRunner:
        mine = bus or MemoryBus(self.cluster)
        membership = mine.membership("workers", TOPIC, slot)
        return GroupRunner(membership, mine.reader(), mine.producer(), handler, Random(1), self.now, CONFIG)

    @property
    def committed(self) -> int | None:
        return self.cluster.group("workers", TOPIC).committed().get(0)

    @property
    def letters(self) -> list[Record]:
        logs = [self.cluster.log(Partition(DEAD_LETTERS, number)) for number in range(8)]
        return [record for log in logs if log is not None for record in log.records]


def test_in_order_and_committed_after() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder()
        await shop.put(20)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: handler.handled == list(range(20)))
            await eventually(lambda: shop.committed == 20)
        assert max(handler.batches) <= CONFIG.max_records

    run_virtually(story())


def test_nothing_is_committed_before_it_is_handled() -> None:
    async def story() -> None:
        def refuse(records: Sequence[Record]) -> None:
            raise ConnectionError

        shop, handler = Shop(), Recorder(refuse)
        await shop.put(3)
        async with running(shop.runner(handler).run()):
            await asyncio.sleep(30)
        assert len(handler.batches) > 3, "it is tried again and again"
        assert shop.committed in (None, 0)
        assert shop.letters == []

    run_virtually(story())


@pytest.mark.parametrize("failure", [Unavailable("away"), ConnectionError()])
def test_a_passing_failure_is_tried_again(failure: Exception) -> None:
    async def story() -> None:
        failures = iter([failure, failure])

        def stumble(records: Sequence[Record]) -> None:
            for error in failures:
                raise error

        shop, handler = Shop(), Recorder(stumble)
        await shop.put(3)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: shop.committed == 3)
        assert handler.handled == [0, 1, 2]
        assert shop.letters == []

    run_virtually(story())


def _poison(*offsets: int, error: Exception) -> Callable[[Sequence[Record]], None]:
    def refuse(records: Sequence[Record]) -> None:
        if any(record.offset in offsets for record in records):
            raise error

    return refuse


def test_a_record_that_cannot_be_handled_is_found_and_put_aside_alone() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder(_poison(3, 6, error=ValueError("a body")))
        await shop.put(8)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: shop.committed == 8)
        assert sorted(handler.handled) == [0, 1, 2, 4, 5, 7]
        assert handler.handled == sorted(handler.handled)
        assert handler.put_aside == [3, 6]

    run_virtually(story())


def test_a_dead_letter_says_all() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder(_poison(1, error=Refused("unsupported_version", "schema 'command/2'")))
        await shop.put(2)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: shop.committed == 2)
        (letter,) = shop.letters
        assert (letter.key, letter.value) == (b"work/0/1", b"value")
        expected = {
            names.SCHEMA: "command/1",
            names.DEAD_LETTER_TOPIC: TOPIC,
            names.DEAD_LETTER_PARTITION: "0",
            names.DEAD_LETTER_OFFSET: "1",
            names.DEAD_LETTER_KEY: "key",
            names.DEAD_LETTER_CODE: "unsupported_version",
            names.DEAD_LETTER_REASON: "schema 'command/2'",
        }
        assert {name: header(letter.headers, name) for name in expected} == expected
        assert int(header(letter.headers, names.DEAD_LETTER_ATTEMPTS) or 0) >= 1
        assert int(header(letter.headers, names.DEAD_LETTER_AT) or 0) > 0

    run_virtually(story())


def test_a_dead_letter_quotes_no_body() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder(_poison(0, error=ValueError("input was 'my secret words'")))
        await shop.put(1)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: shop.committed == 1)
        assert header(shop.letters[0].headers, names.DEAD_LETTER_REASON) == "ValueError"

    run_virtually(story())


def test_when_the_dead_letters_cannot_be_written_the_partition_stands() -> None:
    async def story() -> None:
        broken = True

        async def no_letters(step: Step) -> None:
            await asyncio.sleep(0)
            if broken and step.operation == "produce":
                raise Unavailable("injected")

        shop, handler = Shop(), Recorder(_poison(1, error=ValueError()))
        await shop.put(3)
        bus = MemoryBus(shop.cluster, checkpoint=no_letters)
        async with running(shop.runner(handler, bus=bus).run()):
            await asyncio.sleep(60)
            assert 2 not in handler.handled
            assert shop.committed in (None, 0, 1)
            broken = False
            await eventually(lambda: shop.committed == 3)
        assert handler.handled == [0, 2]

    run_virtually(story())


def test_what_is_anothers_is_given_up() -> None:
    async def story() -> None:
        def lose(records: Sequence[Record]) -> None:
            raise NotOwner("refused", {0})

        shop, handler = Shop(), Recorder(lose)
        await shop.put(3)
        async with running(shop.runner(handler).run()):
            await asyncio.sleep(10)
        assert handler.batches == [3]
        assert frozenset({Partition(TOPIC)}) in handler.gone
        assert shop.committed is None

    run_virtually(story())


def test_the_batch_in_hand_is_finished_before_the_partition_goes() -> None:
    async def story() -> None:
        shop, first, second = Shop(), Recorder(), Recorder()
        await shop.put(4)
        async with running(shop.runner(first).run()):
            await eventually(lambda: first.handled == [0, 1, 2, 3])
        assert shop.committed == 4
        await shop.put(2)
        async with running(shop.runner(second, "two").run()):
            await eventually(lambda: second.handled == [4, 5])

    run_virtually(story())


def test_ownership_is_confirmed_by_the_group() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder()
        await shop.put(1)
        runner = shop.runner(handler)
        async with running(runner.run()):
            await eventually(lambda: handler.handled == [0])
            await runner.still_owner(frozenset({Partition(TOPIC)}))
            with pytest.raises(NotOwner):
                await runner.still_owner(frozenset({Partition(TOPIC, 7)}))
        with pytest.raises(NotOwner):
            await runner.still_owner(frozenset({Partition(TOPIC)}))

    run_virtually(story())


def test_the_batch_in_hand_is_finished_before_the_process_ends() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder()
        handler.seconds = 2.0
        await shop.put(3)
        async with running(shop.runner(handler).run()):
            await eventually(lambda: handler.batches == [3])
            assert handler.handled == []
        assert handler.handled == [0, 1, 2]
        assert shop.committed == 3
        assert handler.gone == [frozenset({Partition(TOPIC)})]

    run_virtually(story())


def test_a_handler_that_hangs_ends_the_process() -> None:
    async def story() -> None:
        shop, handler = Shop(), Recorder()
        handler.seconds = 1e6
        await shop.put(1)
        with pytest.raises(ExceptionGroup) as ended:
            await asyncio.wait_for(shop.runner(handler).run(), 3600.0)
        assert ended.group_contains(MembershipLost)
        assert shop.committed is None

    run_virtually(story())


def test_a_handler_that_is_tried_again_for_ever_does_not_hang() -> None:
    async def story() -> None:
        def fail(records: Sequence[Record]) -> None:
            raise Unavailable("for hours")

        shop, handler = Shop(), Recorder(fail)
        await shop.put(1)
        async with running(shop.runner(handler).run()) as work:
            await asyncio.sleep(7200.0)
            assert not work.done()
        assert set(handler.batches) == {1}
        assert len(handler.batches) > 1000

    run_virtually(story())
