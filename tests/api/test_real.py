"""The api over a real Kafka and a real MongoDB: registered, signed in, said, stored, read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest
from pwdlib.hashers.bcrypt import BcryptHasher

from bus.kafka import KafkaBus
from bus.ports import EARLIEST, Bus, Partition
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.identity import User
from domain.limits import Rate
from producer_gateway.api.limiting import ApiLimits
from producer_gateway.api.services import ApiConfig
from schemas.ids import new_user_id
from schemas.topics import fixed_topics
from store.mongo import open_store
from store.ports import Store
from tests.api.test_media import photo, send, upload, uploaded
from tests.api.world import PASSWORD, Front, assert_problem
from tests.making import handled

SECONDS = 60


async def owner(partitions: frozenset[Partition]) -> None:
    """A group that never refuses."""


async def decide(bus: Bus, store: Store, topic: str) -> None:
    """Decide what one person submits, straight from his topic: alone in his conversations, he needs no router."""
    emitter = Emitter(store.sessions, store.conversations, bus.producer())
    writer = WriterHandler(store.decisions, emitter, owner, Random(3), WriterConfig())
    reader = bus.reader()
    reader.add({Partition(topic): EARLIEST})
    while True:
        for records in (await reader.poll(0.5)).values():
            await handled(writer, [record for record in records if record.key is not None])


@pytest.fixture
async def bus(kafka_bootstrap: str) -> AsyncIterator[KafkaBus]:
    found = KafkaBus(kafka_bootstrap)
    await found.admin().create(fixed_topics())
    yield found
    await found.close()


@pytest.fixture
async def store(mongo_url: str, database_name: str) -> AsyncIterator[Store]:
    found = await open_store(mongo_url, database_name)
    yield found
    await found.close()


async def test_a_message_goes_through_kafka_and_is_read_from_mongodb(bus: KafkaBus, store: Store) -> None:
    front = Front(bus, store, lambda: datetime.now(UTC), wait_seconds=20)
    await front.api.life.begin()
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(front.api.run())]
        alice, bob = await front.register("alice", email="a@b.example"), await front.register("bob")
        again = await front.client.post("/api/users", json={"username": "ALICE", "password": PASSWORD})
        assert_problem(again, 409, "conflict")
        background.append(tasks.create_task(decide(bus, store, await front.api.topics.topic(alice.id))))

        conversation = await front.direct(alice, bob)
        answers = [await front.say(alice, conversation, "hello", key=key) for key in ("m1", "m2", "m1")]

        assert [(answer.status_code, answer.json()["seq"]) for answer in answers] == [(201, 1), (201, 2), (201, 1)]
        assert answers[0].json() == answers[2].json()
        page = (await front.get(f"/api/conversations/{conversation}/messages", bob)).json()
        assert page["messages"] == [answers[0].json(), answers[1].json()]
        refused = await front.post(f"/api/conversations/{conversation}/messages", alice, {"text": "re", "reply_to": 9})
        assert_problem(refused, 404, "not_found")
        assert_problem(await front.say(bob, "c_" + "0" * 26, "hello"), 404, "not_found")
        for task in background:
            task.cancel()
    await front.close()


async def test_a_file_goes_from_gridfs_to_those_who_see_the_message(bus: KafkaBus, store: Store) -> None:
    front = Front(bus, store, lambda: datetime.now(UTC), wait_seconds=20)
    await front.api.life.begin()
    content = bytes(range(32, 127)) * 10_000
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(front.api.run())]
        alice, bob, carol = [await front.register(name) for name in ("alice", "bob", "carol")]
        background.append(tasks.create_task(decide(bus, store, await front.api.topics.topic(alice.id))))
        conversation = await front.direct(alice, bob)
        media = await uploaded(front, alice, content)
        sent = await send(front, alice, conversation, media)
        assert (sent.status_code, sent.json()["media"]) == (201, [media])

        path = f"/api/media/{media}"
        assert (await front.get(path, bob)).content == content
        part = await front.client.get(path, headers=bob.headers | {"Range": "bytes=522000-522999"})
        assert (part.status_code, part.content) == (206, content[522_000:523_000])
        assert_problem(await front.get(path, carol), 404, "not_found")
        image = await upload(front, alice, photo(), path=f"/api/users/{alice.id}/picture")
        assert (await front.get(f"/api/media/{image.json()['id']}/thumbnail", carol)).content.startswith(b"RIFF")
        for task in background:
            task.cancel()
    await front.close()


async def test_signing_in_is_kept_in_mongodb(bus: KafkaBus, store: Store) -> None:
    front = Front(bus, store, lambda: datetime.now(UTC))
    await front.register("alice")
    browser, thief = front.browser(), front.browser()

    answer = await browser.post("/api/login", json={"username": "Alice", "password": PASSWORD, "device": "laptop"})
    assert answer.status_code == 200
    thief.cookies.set("parley_refresh", browser.cookies["parley_refresh"], domain="parley.test", path="/api")
    assert (await browser.post("/api/refresh")).json()["user"] == answer.json()["user"]
    assert_problem(await thief.post("/api/refresh"), 401, "unauthenticated")
    assert_problem(await browser.post("/api/refresh"), 401, "unauthenticated")
    await front.close()


async def test_an_account_is_brought_along_and_changed(bus: KafkaBus, store: Store) -> None:
    front = Front(bus, store, lambda: datetime.now(UTC))
    imported = BcryptHasher(rounds=4).hash(PASSWORD)
    await store.users.create(User(new_user_id(), "alice", datetime.now(UTC)), imported)
    for _ in range(2):
        answer = await front.client.post("/api/login", json={"username": "alice", "password": PASSWORD})
        assert answer.status_code == 200
    kept = await store.users.credentials("alice")
    assert kept is not None
    assert kept[1].startswith("$argon2id$")

    alice, path = front.signed_in(kept[0].id), f"/api/users/{kept[0].id}"
    for given, body in (
        ("", {"name": "Ada", "lastname": None, "email": "a@b.example", "phone_number": "+49 30 1"}),
        ("/preferences", {"notifications": "mentions", "email_digest": True}),
    ):
        changed = await front.client.put(path + given, json=body, headers=alice.headers)
        assert changed.status_code == 200, changed.text
        assert {name: changed.json()[name] for name in body} == body
        assert (await front.get(path + given, alice)).json().items() >= body.items()
    assert "phone_number" not in (await front.get(path, await front.register("bob"))).json()
    await front.close()


async def test_what_comes_too_fast_over_http_does_not_reach_kafka(bus: KafkaBus, store: Store) -> None:
    limits = ApiConfig(limits=ApiLimits(commands=Rate(4, 0.001)))
    front = Front(bus, store, lambda: datetime.now(UTC), limits, wait_seconds=20)
    await front.api.life.begin()
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(front.api.run())]
        alice, bob = await front.register("alice"), await front.register("bob")
        topic = await front.api.topics.topic(alice.id)
        background.append(tasks.create_task(decide(bus, store, topic)))
        conversation = await front.direct(alice, bob)
        answers = [await front.say(alice, conversation, f"text {number}") for number in range(5)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
        assert_problem(answers[-1], 429, "rate_limited")
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await bus.admin().end_offsets([Partition(topic)]))[Partition(topic)] == 1 + 4
        for task in background:
            task.cancel()
    await front.close()


async def test_users_are_listed_from_mongodb_and_odd_words_find_nothing(bus: KafkaBus, store: Store) -> None:
    front = Front(bus, store, lambda: datetime.now(UTC))
    alice = await front.register("alice", name="Ada")
    await front.register("bob", lastname="Adams")

    for query, found in (("ad", ["alice", "bob"]), (".*", []), ("$where", []), ("%00", []), ("", ["alice", "bob"])):
        page = await front.get(f"/api/users?q={query}", alice)
        assert page.status_code == 200, page.text
        assert [user["username"] for user in page.json()["users"]] == found
    for path in ("/api/users/%00", "/api/conversations/$ne", "/api/messages/c_x.9007199254740991"):
        assert_problem(await front.get(path, alice), 404, "not_found")
    assert_problem(await front.get("/api/conversations?cursor=%00", alice), 400, "invalid_frame")
    await front.close()
