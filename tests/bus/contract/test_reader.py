"""What `bus.ports.Reader` promises."""

import asyncio

from bus.ports import EARLIEST, Outgoing, Pace, Partition
from schemas.topics import TopicSpec
from tests.bus.rigs import SECONDS, Rig, eventually, from_start, values


async def test_reads_from_the_start_and_goes_on(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.put(topic, "a", "b")
    rig.reader.add(from_start(topic))
    assert rig.reader.places() == {Partition(topic): EARLIEST}
    assert values(await rig.read(2)) == ["a", "b"]
    assert rig.reader.places() == {Partition(topic): 2}
    await rig.put(topic, "c")
    assert values(await rig.read(1)) == ["c"]
    assert await rig.reader.poll(0.05) == {}


async def test_reads_from_a_place_and_is_moved(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.put(topic, *"abcdef")
    rig.reader.add({Partition(topic): 4})
    assert values(await rig.read(2)) == ["e", "f"]
    rig.reader.add({Partition(topic): 1})
    assert values(await rig.read(1, max_records=1)) == ["b"]
    rig.reader.add({Partition(topic): 5})
    assert values(await rig.read(1)) == ["f"]


async def test_at_most_so_many_and_the_rest_later(rig: Rig) -> None:
    one, two = await rig.topic(), await rig.topic()
    await rig.put(one, *"abcde")
    await rig.put(two, *"vwxyz")
    rig.reader.add(from_start(one, two))
    found: list[str] = []
    async with asyncio.timeout(SECONDS):
        while len(found) < 10:
            polled = await rig.reader.poll(1.0, 3)
            assert sum(map(len, polled.values())) <= 3
            found += [value for records in polled.values() for value in values([*records])]
    assert [value for value in found if value in "abcde"] == [*"abcde"]
    assert [value for value in found if value in "vwxyz"] == [*"vwxyz"]


async def test_a_busy_partition_does_not_starve_the_others(rig: Rig) -> None:
    busy, quiet = await rig.topic(), await rig.topic()
    await rig.put(busy, *(str(number) for number in range(100)))
    rig.reader.add(from_start(busy))
    assert len(await rig.read(10, max_records=10)) == 10
    await rig.put(quiet, "here")
    rig.reader.add(from_start(quiet))
    found: list[str] = []
    async with asyncio.timeout(SECONDS):
        while "here" not in found:
            found += [v for records in (await rig.reader.poll(1.0, 1)).values() for v in values([*records])]
            await asyncio.sleep(0.01)
    assert len(found) < 90


async def test_nothing_of_a_removed_partition_is_returned(rig: Rig) -> None:
    kept, removed = await rig.topic(), await rig.topic()
    rig.reader.add(from_start(kept, removed))
    await rig.put(removed, "a", "b")
    assert len(await rig.read(1, max_records=1)) == 1
    rig.reader.remove([Partition(removed)])
    await rig.put(removed, "c")
    await rig.put(kept, "d")
    assert values(await rig.read(1)) == ["d"]
    assert rig.reader.places() == {Partition(kept): 1}
    rig.reader.add({Partition(removed): 1})
    assert values(await rig.read(2)) == ["b", "c"]


async def test_adding_reaches_a_poll_under_way(rig: Rig) -> None:
    idle, fresh = await rig.topic(), await rig.topic()
    await rig.put(fresh, "a")
    rig.reader.add(from_start(idle))
    polling = asyncio.create_task(rig.reader.poll(SECONDS))
    await asyncio.sleep(0.3)
    rig.reader.add(from_start(fresh))
    async with asyncio.timeout(SECONDS / 2):
        assert [*(await polling)] == [Partition(fresh)]


async def test_a_cancelled_poll_loses_nothing(rig: Rig) -> None:
    topic = await rig.topic()
    rig.reader.add(from_start(topic))
    expected = [str(number) for number in range(60)]
    found: list[str] = []

    async def write() -> None:
        for value in expected:
            await rig.producer.send(Outgoing(topic, value.encode()))

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(SECONDS):
        tasks.create_task(write())
        while len(found) < len(expected):
            polling = asyncio.create_task(rig.reader.poll(1.0))
            await asyncio.wait([polling], timeout=0.002)
            polling.cancel()
            await asyncio.wait([polling])
            if not polling.cancelled():
                found += [value for records in polling.result().values() for value in values([*records])]
    assert found == expected


async def test_offsets_out_of_range_move_to_the_nearest_end(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.put(topic, *"abcdef")
    await rig.cluster.truncate(Partition(topic), 4)
    rig.reader.add({Partition(topic): 1})
    assert values(await rig.read(2)) == ["e", "f"]
    rig.reader.add(from_start(topic))
    assert values(await rig.read(2)) == ["e", "f"]
    rig.reader.add({Partition(topic): 1000})
    async with asyncio.timeout(SECONDS):
        while rig.reader.places() != {Partition(topic): 6}:
            assert await rig.reader.poll(0.05) == {}
    await rig.put(topic, "g")
    assert values(await rig.read(1)) == ["g"]


async def test_a_deleted_topic_falls_out_and_the_others_stay(rig: Rig) -> None:
    doomed, kept, missing = await rig.topic(), await rig.topic(), rig.name()
    rig.reader.add(from_start(doomed, kept, missing))
    await rig.put(doomed, "a")
    await rig.read(1)
    await rig.admin.delete([doomed])
    async with asyncio.timeout(SECONDS):
        while rig.reader.places().keys() != {Partition(kept)}:
            assert await rig.reader.poll(0.05) == {}
    await rig.put(kept, "b")
    assert values(await rig.read(1)) == ["b"]


async def test_a_topic_made_again_is_read_anew(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.put(topic, "a", "b")
    rig.reader.add(from_start(topic))
    await rig.read(2)
    await rig.admin.delete([topic])
    async with asyncio.timeout(SECONDS):
        while rig.reader.places():
            await rig.reader.poll(0.05)
    await rig.admin.create([TopicSpec(topic, 1)])
    rig.producer.forget([topic])
    await rig.put(topic, "c")
    rig.reader.add(from_start(topic))
    assert values(await rig.read(1)) == ["c"]


async def test_many_partitions_each_in_order(rig: Rig) -> None:
    topic = await rig.topic(12)
    rig.reader.add({Partition(topic, number): EARLIEST for number in range(12)})
    for turn in range(3):
        for number in range(12):
            _ = await rig.producer.enqueue(Outgoing(topic, f"{number}.{turn}".encode(), partition=number))
    found = await rig.read(36)
    for number in range(12):
        mine = [record for record in found if record.partition == number]
        assert values(mine) == [f"{number}.{turn}" for turn in range(3)]


async def test_readers_do_not_disturb_each_other(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.put(topic, "a", "b")
    other = rig.bus.reader()
    other.add(from_start(topic))
    rig.reader.add({Partition(topic): 1})
    assert values(await rig.read(1)) == ["b"]
    polled: list[str] = []
    async with asyncio.timeout(SECONDS):
        while len(polled) < 2:
            polled += [v for records in (await other.poll(1.0)).values() for v in values([*records])]
    assert polled == ["a", "b"]


async def test_an_empty_reader_waits(rig: Rig) -> None:
    assert await rig.reader.poll(0.02) == {}
    topic = await rig.topic()
    await rig.put(topic, "a")
    polling = asyncio.create_task(rig.reader.poll(SECONDS))
    await asyncio.sleep(0)
    rig.reader.add(from_start(topic))
    await eventually(polling.done)
    assert [*polling.result()] == [Partition(topic)]


async def test_a_prompted_reader_fetches_what_it_is_prompted_for(rig: Rig) -> None:
    one, silent = await rig.topic(), await rig.topic()
    reader = rig.bus.reader(Pace.PROMPTED)
    reader.add(from_start(one, silent))
    reader.prompt([Partition("nobody-reads-this")])
    for value in "abc":
        await rig.put(one, value)
        reader.prompt([Partition(one)])
        async with asyncio.timeout(SECONDS):
            while not (found := await reader.poll(1.0)):
                pass
        assert {partition: values([*records]) for partition, records in found.items()} == {Partition(one): [value]}


async def test_a_prompted_reader_finds_what_nobody_prompts_for(rig: Rig) -> None:
    topics = [await rig.topic() for _ in range(3)]
    reader = rig.bus.reader(Pace.PROMPTED)
    reader.add(from_start(*topics))
    expected = {Partition(topic): [*"abcdef"] for topic in topics}
    found: dict[Partition, list[str]] = {Partition(topic): [] for topic in topics}
    for value in "abcdef":
        for topic in topics:
            await rig.put(topic, value)
        reader.prompt([Partition(topics[0])])
    async with asyncio.timeout(SECONDS):
        while found != expected:
            for partition, records in (await reader.poll(1.0, 2)).items():
                found[partition] += values([*records])
