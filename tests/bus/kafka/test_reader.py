"""What the reader has to put up with from a real broker."""

import asyncio
import random

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from bus.kafka import KafkaBus
from bus.kafka.fetch_session import FetchSession
from bus.kafka.reader import KafkaReader
from bus.ports import Outgoing, Partition, Reader
from tests.bus.rigs import Rig, from_start, values


def restarted(reason: str) -> float:
    return REGISTRY.get_sample_value("parley_fetch_sessions_restarted_total", {"reason": reason}) or 0.0


def session_of(reader: Reader) -> FetchSession:
    assert isinstance(reader, KafkaReader)
    (fetcher,) = reader._fetchers.values()
    return fetcher.session


@pytest.mark.parametrize(("attribute", "value", "reason"), [("_id", 12345, "evicted"), ("_epoch", 77, "epoch")])
async def test_a_lost_session_is_begun_anew(rig: Rig, attribute: str, value: int, reason: str) -> None:
    one, two = await rig.topic(), await rig.topic()
    rig.reader.add(from_start(one, two))
    await rig.put(one, "a")
    await rig.read(1)
    before = restarted(reason)
    setattr(session_of(rig.reader), attribute, value)
    await rig.put(two, "b")
    await rig.put(one, "c")
    assert sorted(values(await rig.read(2))) == ["b", "c"]
    assert restarted(reason) > before


async def test_compressed_batches_and_transactions(rig: Rig, kafka_bootstrap: str) -> None:
    topic = await rig.topic()
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_bootstrap, compression_type="gzip", transactional_id=topic
    ) as foreign:
        for turn in range(2):
            async with foreign.transaction():
                for number in range(3):
                    await foreign.send(topic, f"{turn}.{number}".encode())
    rig.reader.add(from_start(topic))
    found = await rig.read(6)
    assert values(found) == ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2"]
    # A transaction's end takes an offset of its own, which is no record.
    assert [record.offset for record in found] == [0, 1, 2, 4, 5, 6]
    async with asyncio.timeout(10):
        while rig.reader.places() != {Partition(topic): 8}:
            assert await rig.reader.poll(0.05) == {}


async def test_far_more_than_one_answer_holds(rig: Rig) -> None:
    topics = [await rig.topic() for _ in range(3)]
    large = bytes(300_000)
    for _ in range(10):
        sent = [await rig.producer.enqueue(Outgoing(topic, large)) for topic in topics]
        await asyncio.gather(*sent)
    rig.reader.add(from_start(*topics))
    found = await rig.read(30)
    for topic in topics:
        assert [record.offset for record in found if record.topic == topic] == list(range(10))
    assert all(record.value == large for record in found)


async def test_a_stock_that_nobody_takes_from_stays_small(rig: Rig) -> None:
    topic = await rig.topic()
    for _ in range(40):
        await rig.producer.send(Outgoing(topic, bytes(200_000)))
    rig.reader.add(from_start(topic))
    assert isinstance(rig.reader, KafkaReader)
    found = await rig.read(1, max_records=1)
    await asyncio.sleep(0.5)
    assert rig.reader._stock.size < 6_000_000
    found += await rig.read(39)
    assert [record.offset for record in found] == list(range(40))


async def test_a_place_at_the_broker_is_given_back(rig: Rig) -> None:
    topic = await rig.topic()
    reader = rig.bus.reader()
    reader.add(from_start(topic))
    await reader.poll(0.5)
    session = session_of(reader)
    assert session._id != 0
    await reader.close()
    assert session._id == 0
    assert reader.places() == {}


async def test_no_broker_is_waited_for_in_peace() -> None:
    bus = KafkaBus("127.0.0.1:1", chance=random.Random(1))
    reader = bus.reader()
    reader.add(from_start("topic"))
    assert await reader.poll(0.3) == {}
    assert reader.places() == from_start("topic")
    await bus.close()
