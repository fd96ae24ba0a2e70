"""What `bus.ports.Producer` promises."""

import asyncio
import time

import pytest

from bus.errors import RecordTooLarge, UnknownTopic
from bus.ports import MAX_RECORD_BYTES, Outgoing, Partition
from schemas.topics import TopicSpec
from tests.bus.rigs import Rig, from_start, values


async def test_records_stand_in_the_order_of_their_enqueueing(rig: Rig) -> None:
    topic = await rig.topic()
    sent = [await rig.producer.enqueue(Outgoing(topic, str(number).encode())) for number in range(300)]
    positions = await asyncio.gather(*sent)
    assert [position.offset for position in positions] == list(range(300))
    rig.reader.add(from_start(topic))
    assert values(await rig.read(300)) == [str(number) for number in range(300)]


async def test_all_of_a_record_arrives(rig: Rig) -> None:
    topic = await rig.topic()
    before = time.time_ns() // 1_000_000
    headers = (("schema", b"command/1"), ("origin", "größer".encode()), ("schema", b""))
    position = await rig.producer.send(Outgoing(topic, b"value", key=b"key", headers=headers))
    rig.reader.add(from_start(topic))
    (record,) = await rig.read(1)
    assert (record.topic, record.partition, record.offset) == (topic, 0, 0) == position[:3]
    assert (record.key, record.value, record.headers) == (b"key", b"value", headers)
    assert record.timestamp == position.timestamp
    assert before - 1000 <= record.timestamp <= time.time_ns() // 1_000_000 + 1000


async def test_a_tombstone_has_a_key_and_no_value(rig: Rig) -> None:
    topic = await rig.topic(config={"cleanup.policy": "compact"})
    await rig.producer.send(Outgoing(topic, None, key=b"key"))
    rig.reader.add(from_start(topic))
    (record,) = await rig.read(1)
    assert (record.key, record.value) == (b"key", None)


async def test_a_key_has_one_partition_everywhere(rig: Rig) -> None:
    topic = await rig.topic(8)
    keys = [f"c_{number}".encode() for number in range(40)]
    first = [await rig.producer.send(Outgoing(topic, b"1", key=key)) for key in keys]
    other = rig.process().producer()
    again = [await other.send(Outgoing(topic, b"2", key=key)) for key in keys]
    assert [position.partition for position in first] == [position.partition for position in again]
    assert len({position.partition for position in first}) > 1


async def test_keys_go_where_kafkas_own_clients_put_them(rig: Rig) -> None:
    topic = await rig.topic(32)
    placed = [(await rig.producer.send(Outgoing(topic, b"", key=key))).partition for key in (b"21", b"foobar", b"a")]
    # Murmur2 as in org.apache.kafka.common.utils.UtilsTest, made positive, modulo 32.
    assert placed[:2] == [(-973932308 & 0x7FFFFFFF) % 32, (-790332482 & 0x7FFFFFFF) % 32]


async def test_a_partition_can_be_asked_for(rig: Rig) -> None:
    topic = await rig.topic(4)
    position = await rig.producer.send(Outgoing(topic, b"", key=b"key", partition=3))
    assert position.partition == 3
    with pytest.raises(UnknownTopic):
        await rig.producer.send(Outgoing(topic, b"", partition=4))


async def test_an_unknown_topic_is_told_at_once_and_holds_up_nobody(rig: Rig) -> None:
    topic, missing = await rig.topic(), rig.name()
    with pytest.raises(UnknownTopic):
        _ = await rig.producer.enqueue(Outgoing(missing, b""))
    assert (await rig.producer.send(Outgoing(topic, b""))).offset == 0


async def test_warming_up_tells_which_topics_exist(rig: Rig) -> None:
    topics = [await rig.topic() for _ in range(3)]
    assert await rig.producer.warm_up([*topics, rig.name()]) == frozenset(topics)
    rig.producer.forget(topics)
    assert await rig.producer.warm_up(topics) == frozenset(topics)


async def test_a_topic_made_after_it_was_missed_is_found(rig: Rig) -> None:
    topic = rig.name()
    with pytest.raises(UnknownTopic):
        await rig.producer.send(Outgoing(topic, b"1"))
    await rig.admin.create([TopicSpec(topic, 1)])
    assert (await rig.producer.send(Outgoing(topic, b"1"))).offset == 0


async def send_again_and_again(rig: Rig, record: Outgoing) -> None:
    """A broker may take some more until it has heard of a deletion."""
    async with asyncio.timeout(10.0):
        while True:
            await rig.producer.send(record)


async def test_a_topic_that_is_deleted_becomes_unknown(rig: Rig) -> None:
    topic, kept = await rig.topic(), await rig.topic()
    await rig.put(topic, "a")
    await rig.admin.delete([topic])
    with pytest.raises(UnknownTopic):
        await send_again_and_again(rig, Outgoing(topic, b"b"))
    assert (await rig.producer.send(Outgoing(kept, b"a"))).offset == 0
    with pytest.raises(UnknownTopic):
        await rig.producer.send(Outgoing(topic, b"c"))


async def test_what_is_too_large_is_refused(rig: Rig) -> None:
    topic = await rig.topic()
    largest = Outgoing(topic, bytes(MAX_RECORD_BYTES - 10), key=b"12345", headers=(("ab", b"123"),))
    assert (await rig.producer.send(largest)).offset == 0
    with pytest.raises(RecordTooLarge):
        await rig.producer.send(Outgoing(topic, bytes(MAX_RECORD_BYTES + 1)))
    assert (await rig.producer.send(Outgoing(topic, b"small"))).offset == 1


async def test_cancelling_does_not_unsend(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.producer.warm_up([topic])
    await rig.put(topic, "first")
    sending = asyncio.create_task(rig.producer.send(Outgoing(topic, b"second")))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])
    _ = await rig.producer.enqueue(Outgoing(topic, b"dropped unawaited"))
    await rig.put(topic, "last")
    rig.reader.add(from_start(topic))
    assert values(await rig.read(4)) == ["first", "second", "dropped unawaited", "last"]


async def test_closing_waits_for_what_is_under_way(rig: Rig) -> None:
    topic = await rig.topic()
    process = rig.process()
    producer = process.producer()
    for number in range(50):
        _ = await producer.enqueue(Outgoing(topic, str(number).encode()))
    await process.close()
    assert await rig.admin.end_offsets([Partition(topic)]) == {Partition(topic): 50}
