"""What the producer has to put up with from real brokers, and from aiokafka."""

import asyncio
import random

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition
from prometheus_client import REGISTRY

from bus.errors import BusError, Unavailable, UnknownOutcome, UnknownTopic
from bus.kafka import KafkaBus
from bus.kafka.producer import KafkaProducer, ProducerConfig
from bus.ports import Outgoing, Producer
from schemas.topics import TopicSpec
from tests.bus.rigs import Rig

HASTY = ProducerConfig(delivery_seconds=2.0, connect_seconds=1.0)


def recreated() -> float:
    return REGISTRY.get_sample_value("parley_producer_recreated_total") or 0.0


async def test_five_hundred_topics_at_once(rig: Rig) -> None:
    topics = [rig.name() for _ in range(500)]
    await rig.admin.create([TopicSpec(topic, 1, {"segment.index.bytes": "65536"}) for topic in topics])
    assert await rig.producer.warm_up(topics) == frozenset(topics)
    async with asyncio.timeout(20):
        sent = [await rig.producer.enqueue(Outgoing(topic, b"first")) for topic in topics]
        assert [position.offset for position in await asyncio.gather(*sent)] == [0] * 500


async def test_a_wedged_producer_is_replaced(rig: Rig) -> None:
    topic, other = await rig.topic(), await rig.topic()
    await rig.put(topic, "a")
    before = recreated()
    _spoil_sequence(rig, topic)
    # What follows on the partition must not overtake what the broker refused.
    sent = [await rig.producer.enqueue(Outgoing(topic, str(number).encode())) for number in range(3)]
    told = await asyncio.gather(*sent, return_exceptions=True)
    assert [type(outcome) for outcome in told] == [UnknownOutcome] * 3
    assert recreated() == before + 1
    assert await send_when_back(rig.producer, Outgoing(topic, b"b")) == 1
    assert await send_when_back(rig.producer, Outgoing(other, b"b")) == 0


async def send_again_and_again(producer: Producer, record: Outgoing) -> None:
    async with asyncio.timeout(20):
        while True:
            await producer.send(record)


async def send_when_back(producer: Producer, record: Outgoing) -> int:
    """The offset, of the first time that there is a connection."""
    async with asyncio.timeout(20):
        while True:
            try:
                return (await producer.send(record)).offset
            except Unavailable:
                await asyncio.sleep(0.05)


def _spoil_sequence(rig: Rig, topic: str) -> None:
    """As after a batch that timed out (aiokafka issue 1017): the broker will find a number missing."""
    assert isinstance(rig.producer, KafkaProducer)
    engine = rig.producer._engine
    assert engine is not None
    engine._sender._txn_manager.increment_sequence_number(TopicPartition(topic, 0), 5)


async def test_a_silent_broker_is_given_up_in_time(
    kafka_bootstrap: str, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await rig.topic()
    bus = KafkaBus(kafka_bootstrap, producer=HASTY, chance=random.Random(1))
    producer = bus.producer()
    await producer.send(Outgoing(topic, b"a"))
    engine = producer._engine
    assert engine is not None

    async def say_nothing(*_: object, **__: object) -> None:
        engine._client.produced_at = asyncio.get_running_loop().time()
        await asyncio.sleep(3)
        raise KafkaConnectionError

    monkeypatch.setattr(engine._client, "send", say_nothing)
    async with asyncio.timeout(20):
        with pytest.raises(UnknownOutcome):
            await producer.send(Outgoing(topic, b"b"))
        assert await send_when_back(producer, Outgoing(topic, b"c")) == 1
    await bus.close()


async def test_nothing_waits_for_the_place_of_a_broken_engine(rig: Rig) -> None:
    """It would be appended although what was enqueued before it failed."""
    topic = await rig.topic()
    await rig.put(topic, "a")
    producer = rig.producer
    assert isinstance(producer, KafkaProducer)
    sent = await producer.enqueue(Outgoing(topic, b"b"))
    producer._break("for the test")
    with pytest.raises(Unavailable):
        await producer.send(Outgoing(topic, b"c"))
    with pytest.raises(BusError):
        await sent


async def test_no_broker_is_told_at_once() -> None:
    bus = KafkaBus("127.0.0.1:1", producer=HASTY, chance=random.Random(1))
    producer = bus.producer()
    async with asyncio.timeout(20):
        with pytest.raises(Unavailable):
            await producer.send(Outgoing("topic", b""))
        with pytest.raises(Unavailable):
            await producer.warm_up(["topic"])
        with pytest.raises(Unavailable):
            await bus.admin().topics()
        await bus.close()


async def test_a_topic_deleted_while_sending_holds_up_nobody(rig: Rig) -> None:
    doomed, kept = await rig.topic(), await rig.topic()
    await rig.put(doomed, "a")
    await rig.put(kept, "a")
    await rig.admin.delete([doomed])
    other = rig.process().producer()
    with pytest.raises(UnknownTopic):
        await send_again_and_again(other, Outgoing(doomed, b"until the broker has heard of it"))
    lost = await rig.producer.enqueue(Outgoing(doomed, b"b"))
    sent = 1
    outcome = asyncio.ensure_future(lost)
    while not outcome.done():
        assert (await rig.producer.send(Outgoing(kept, b"b"))).offset == sent
        sent += 1
    assert isinstance(outcome.exception(), BusError)
    assert sent > 5


async def test_what_is_sent_after_closing_is_refused(rig: Rig) -> None:
    topic = await rig.topic()
    bus = rig.process()
    producer = bus.producer()
    await producer.send(Outgoing(topic, b"a"))
    await bus.close()
    with pytest.raises(Unavailable):
        await producer.send(Outgoing(topic, b"b"))
