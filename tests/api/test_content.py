"""Forbidden content over HTTP, over memory and over Kafka."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bus.kafka import KafkaBus
from bus.ports import EARLIEST, Partition
from producer_gateway.api.services import ApiConfig
from producer_gateway.content import ContentConfig
from schemas.topics import fixed_topics
from store.mongo import open_store
from tests.api.world import Front, assert_problem, running


def config(folder: Path) -> ApiConfig:
    (folder / "reject").write_text("badword\n", encoding="utf-8")
    (folder / "mask").write_text("darn\n", encoding="utf-8")
    return ApiConfig(content=ContentConfig(reject=folder / "reject", mask=folder / "mask"))


async def test_messages_and_groups(tmp_path: Path) -> None:
    async with running(config(tmp_path)) as world:
        alice, bob = await world.register("alice"), await world.register("bob")
        conversation = await world.direct(alice, bob)

        assert_problem(await world.say(alice, conversation, "such a BADWORD"), 422, "content_forbidden")
        masked = await world.say(alice, conversation, "oh darn", key="m1")
        assert (masked.status_code, masked.json()["text"]) == (201, "oh ****")
        assert (await world.say(alice, conversation, "oh darn", key="m1")).json() == masked.json()

        for body in ({"name": "badword"}, {"name": "a group", "description": "badword"}):
            refused = await world.post("/api/conversations", alice, {"kind": "group", **body})
            assert_problem(refused, 422, "content_forbidden")
        made = await world.post("/api/conversations", alice, {"kind": "group", "name": "darn it"})
        assert (made.status_code, made.json()["name"]) == (201, "**** it")


async def test_nothing_of_it_reaches_kafka(
    tmp_path: Path, kafka_bootstrap: str, mongo_url: str, database_name: str
) -> None:
    bus, store = KafkaBus(kafka_bootstrap), await open_store(mongo_url, database_name)
    await bus.admin().create(fixed_topics())
    front = Front(bus, store, lambda: datetime.now(UTC), config(tmp_path), wait_seconds=0.01)
    await front.api.life.begin()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        work = tasks.create_task(front.api.run())
        alice = await front.register("alice")
        refused = await front.post("/api/conversations", alice, {"kind": "group", "name": "a badword"})
        assert_problem(refused, 422, "content_forbidden")
        await front.post("/api/conversations", alice, {"kind": "group", "name": "oh darn"})

        reader = bus.reader()
        reader.add({Partition(await front.api.topics.topic(alice.id)): EARLIEST})
        values: list[bytes] = []
        while not any(b"oh ****" in value for value in values):
            values += [record.value or b"" for found in (await reader.poll(1.0)).values() for record in found]
        assert not any(b"badword" in value or b"darn" in value for value in values)
        await reader.close()
        work.cancel()
    await front.close()
    await bus.close()
    await store.close()
