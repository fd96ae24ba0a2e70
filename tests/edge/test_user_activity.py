"""Hints to the routers: few, for all that was appended, and never in anybody's way."""

import asyncio
from random import Random

from bus.errors import Unavailable
from bus.memory import MemoryBus, Step
from bus.ports import Partition, Record
from producer_gateway.user_activity import UserActivityHints
from schemas.topics import USER_ACTIVITY
from schemas.user_activity import UserActivity
from tests.edge.world import EdgeWorld, in_world


def hints(world: EdgeWorld) -> list[tuple[str, ...]]:
    return [UserActivity.model_validate_json(record.value or b"").topics for record in _records(world)]


def _records(world: EdgeWorld) -> list[Record]:
    logs = [world.cluster.log(Partition(USER_ACTIVITY, n)) for n in range(world.cluster.topics()[USER_ACTIVITY])]
    return [record for log in logs if log is not None for record in log.records]


@in_world
async def test_one_hint_for_all_of_a_moment(world: EdgeWorld) -> None:
    activity = UserActivityHints(MemoryBus(world.cluster).producer(), Random(1))
    task = asyncio.create_task(activity.run())
    for topic in ("user.a.1", "user.b.1", "user.a.1"):
        activity.add(topic)
    await asyncio.sleep(0.1)
    assert hints(world) == [("user.a.1", "user.b.1")]
    for number in range(501):
        activity.add(f"user.{number}.1")
    await asyncio.sleep(0.1)
    assert [len(topics) for topics in hints(world)] == [2, 500, 1]
    task.cancel()


@in_world
async def test_a_hint_that_fails_is_not_missed(world: EdgeWorld) -> None:
    failing = True

    async def checkpoint(step: Step) -> None:
        if failing and step.subject == USER_ACTIVITY:
            raise Unavailable("away")

    activity = UserActivityHints(MemoryBus(world.cluster, checkpoint=checkpoint).producer(), Random(1))
    task = asyncio.create_task(activity.run())
    activity.add("user.a.1")
    await asyncio.sleep(1)
    failing = False
    activity.add("user.b.1")
    await asyncio.sleep(1)
    assert hints(world) == [("user.b.1",)]
    assert not task.done()
    task.cancel()
