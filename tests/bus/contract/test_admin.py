"""What `bus.ports.Admin` promises."""

from bus.ports import Partition
from schemas.topics import TopicSpec
from tests.bus.rigs import Rig, until_gone


async def test_creating_again_creates_nothing(rig: Rig) -> None:
    one, two = rig.name(), rig.name()
    assert await rig.admin.create([TopicSpec(one, 3)]) == {one}
    assert await rig.admin.create([TopicSpec(one, 3), TopicSpec(two, 1)]) == {two}
    assert await rig.admin.create([]) == frozenset()


async def test_topics_by_prefix_with_their_partitions(rig: Rig) -> None:
    one, two = await rig.topic(3), await rig.topic(1)
    assert await rig.admin.topics(one[:-1]) == {one: 3, two: 1}
    assert await rig.admin.topics(one) == {one: 3}
    assert {one, two} <= (await rig.admin.topics()).keys()


async def test_deleting_what_is_not_there_is_fine(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.admin.delete([topic, rig.name()])
    await until_gone(rig.admin, topic)


async def test_offsets_in_bulk_without_what_does_not_exist(rig: Rig) -> None:
    topics = [await rig.topic(2) for _ in range(3)]
    await rig.put(topics[1], "a", "b", "c", partition=1)
    await rig.cluster.truncate(Partition(topics[1], 1), 2)
    wanted = [Partition(topic, number) for topic in topics for number in (0, 1)]
    strange = [Partition(rig.name()), Partition(topics[0], 2)]
    ends, starts = await rig.admin.end_offsets(wanted + strange), await rig.admin.start_offsets(wanted + strange)
    assert ends == {partition: 3 if partition == (topics[1], 1) else 0 for partition in wanted}
    assert starts == {partition: 2 if partition == (topics[1], 1) else 0 for partition in wanted}
    assert await rig.admin.end_offsets([]) == {}


async def test_offsets_by_time(rig: Rig) -> None:
    topic, empty = await rig.topic(), await rig.topic()
    await rig.put(topic, "a", "b")
    wanted = [Partition(topic), Partition(empty), Partition(rig.name())]
    assert await rig.admin.offsets_at(wanted, 0) == {Partition(topic): 0, Partition(empty): 0}
    assert await rig.admin.offsets_at(wanted, 2**42) == {Partition(topic): 2, Partition(empty): 0}


async def test_a_group_that_never_was_has_committed_nothing(rig: Rig) -> None:
    assert await rig.admin.committed(rig.name(), await rig.topic()) == {}
