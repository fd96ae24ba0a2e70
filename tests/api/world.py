"""An api over a Kafka and a MongoDB in memory, with the writer's own rules behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from bus.memory import MemoryBus, MemoryCluster
from bus.ports import EARLIEST, Bus, Outgoing, Partition
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.sealing import Cost
from parley.api import compose
from producer_gateway.api.services import ApiConfig
from producer_gateway.chat_keys import ChatKeys
from producer_gateway.passwords import Passwords
from producer_gateway.threads import Threads
from producer_gateway.tokens import AccessTokens
from schemas.times import to_millis
from schemas.topics import CONVERSATIONS, fixed_topics, is_user_topic
from store.memory import MemoryDatabase, MemoryStore
from store.ports import Store
from tests.asking import noted
from tests.making import handled, narrow

ORIGIN = "https://chat.example"
PUSH_KEY = "the public key of Web Push"
PASSWORD = "correct horse battery staple"


class Clock:
    """A wall clock that moves when a test says so, and a little by itself: no two readings are the same."""

    def __init__(self) -> None:
        self.reading = datetime(2026, 1, 31, 9, 5, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.reading += timedelta(milliseconds=1)
        return self.reading

    def advance(self, **passed: float) -> None:
        self.reading += timedelta(**passed)


class Pipeline:
    """Forwards what stands in user topics and has it decided, in one task: a router and a writer on one small table.

    While `held`, commands stay where they are.
    """

    def __init__(self, cluster: MemoryCluster, bus: MemoryBus, store: MemoryStore) -> None:
        self._cluster = cluster
        self._reader = bus.reader()
        self._producer = bus.producer()
        emitter = Emitter(store.sessions, store.conversations, self._producer)
        self._writer = WriterHandler(store.decisions, emitter, _owner, Random(3), WriterConfig())
        self._released = asyncio.Event()
        self._released.set()
        self._held = asyncio.Event()

    async def hold(self) -> None:
        """Stop, and return when nothing is under way any more."""
        self._held.clear()
        self._released.clear()
        await self._held.wait()

    def release(self) -> None:
        self._released.set()

    def forget(self) -> None:
        """Whatever the writer remembers of the store."""
        self._writer.lost(frozenset())

    async def run(self) -> None:
        decided = self._cluster.topics()[CONVERSATIONS]
        self._reader.add({Partition(CONVERSATIONS, number): EARLIEST for number in range(decided)})
        while True:
            if not self._released.is_set():
                self._held.set()
                await self._released.wait()
            self._add_new_topics()
            for partition, records in (await self._reader.poll(0.005)).items():
                if partition.topic == CONVERSATIONS:
                    await handled(self._writer, records)
                    continue
                for record in records:
                    if record.key is not None:
                        await self._producer.send(Outgoing(CONVERSATIONS, record.value, record.key, record.headers))

    def _add_new_topics(self) -> None:
        known = self._reader.places()
        new = [Partition(name) for name in self._cluster.topics() if is_user_topic(name)]
        self._reader.add({partition: EARLIEST for partition in new if partition not in known})


async def _owner(partitions: frozenset[Partition]) -> None:
    """A group that never refuses."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


NOBODY = Person("u_" + "0" * 26, "")


class Front:
    """An api, and what people do with it. The password hashes are cheap ones."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        now: Callable[[], datetime],
        config: ApiConfig | None = None,
        wait_seconds: float = 3.0,
    ) -> None:
        self.now = now
        self.tokens = AccessTokens("a secret of the tests, long enough for it", 900)
        self.hashing = Passwords(cheap_hashes())
        self.images = Threads("images")
        self.chat_keys = ChatKeys(Cost(passes=1, memory_kib=8))
        self.is_ready = True
        self.api = compose(
            bus,
            store,
            self.tokens,
            self.hashing,
            config or ApiConfig(origins=(ORIGIN,)),
            push_key=PUSH_KEY,
            images=self.images,
            chat_keys=self.chat_keys,
            random=Random(),
            now=now,
            ready=lambda: self.is_ready,
            wait_seconds=wait_seconds,
        )
        self.client = self.browser()

    async def close(self) -> None:
        await self.client.aclose()
        self.hashing.close()
        self.images.close()
        self.chat_keys.close()

    def browser(self) -> httpx.AsyncClient:
        """A client with cookies of its own."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.api.app), base_url="http://parley.test")

    async def register(self, username: str, **more: str) -> Person:
        body = {"username": username, "password": PASSWORD, **more}
        made = await self.client.post("/api/users", json=body)
        assert made.status_code == 201, made.text
        return self.signed_in(made.json()["id"])

    def signed_in(self, user: str) -> Person:
        return Person(user, self.tokens.issue(user, "l_a-login", self.now()))

    async def post(self, path: str, person: Person, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        headers = person.headers | ({} if key is None else {"Idempotency-Key": key})
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str, person: Person) -> httpx.Response:
        return await self.client.get(path, headers=person.headers)

    async def direct(self, person: Person, other: Person) -> str:
        made = await self.post("/api/conversations", person, {"kind": "direct", "with": other.id})
        assert made.status_code in (200, 201), made.text
        return str(made.json()["id"])

    async def say(self, person: Person, conversation: str, text: str, key: str | None = None) -> httpx.Response:
        return await self.post(f"/api/conversations/{conversation}/messages", person, {"text": text}, key)


class World(Front):
    """All of it in memory, within reach of the test."""

    def __init__(self, config: ApiConfig | None, wait_seconds: float) -> None:
        self.clock = Clock()
        self.cluster = MemoryCluster(lambda: to_millis(self.clock()))
        self.cluster.create(narrow(fixed_topics()))
        self.database = MemoryDatabase(self.clock)
        self.store = MemoryStore(self.database, noted)
        self.bus = MemoryBus(self.cluster, chance=Random(1))
        self.pipeline = Pipeline(self.cluster, MemoryBus(self.cluster, chance=Random(2)), self.store)
        super().__init__(self.bus, self.store, self.clock, config, wait_seconds)


def cheap_hashes() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), BcryptHasher(rounds=4)))


@asynccontextmanager
async def running(config: ApiConfig | None = None, *, wait_seconds: float = 30.0) -> AsyncIterator[World]:
    """A world in which the api and the pipeline work beside the test."""
    world = World(config, wait_seconds)
    await world.api.life.begin()
    work = [asyncio.create_task(world.api.run()), asyncio.create_task(world.pipeline.run())]
    try:
        yield world
    finally:
        for task in work:
            task.cancel()
        ended = await asyncio.gather(*work, return_exceptions=True)
        await world.close()
        await world.bus.close()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The response is this error, told as RFC 9457 and the catalogue have it."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), (
        response.text
    )
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert isinstance(problem["retry"], bool)
    return problem
