"""All of Parley in one process, over a real Kafka and a real MongoDB: an api, two edges, and every consumer that a
message passes, each put together as in production."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from bus.kafka import KafkaBus
from bus.mail import Mail, fragment, post
from bus.ports import Bus, Partition
from consumers.delivery_status import delivery_status
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from consumers.router.router import Router, RouterConfig
from consumers.search_index.search_index import SearchIndex
from consumers.writer import writer
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from parley.edge import Edge
from parley.edge import compose as compose_edge
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.server import EdgeServer, ServerConfig
from schemas.frames import UserStatus
from schemas.times import to_millis
from schemas.topics import CONVERSATIONS, RECEIPTS, USER_TOPIC_PREFIX, fixed_topics
from store.mongo import open_store
from store.ports import Store
from tests.api.world import Front, Person
from tests.end_to_end.device import Device
from tests.end_to_end.private_bus import PrivateBus

LIMIT = 60.0
KEPT = ("conversations", "members", "messages", "outcomes", "cursors", "receipts", "marks")
"""The collections that a replay must leave as they are."""


def now() -> datetime:
    return datetime.now(UTC)


class Stack:
    def __init__(self, kafka: Bus, prefix: str, store: Store, database: Any, tasks: asyncio.TaskGroup) -> None:
        self._kafka = kafka
        self._prefix = prefix
        self._database = database
        self._tasks = tasks
        self._running: list[asyncio.Task[Any]] = []
        self._consumers: list[asyncio.Task[Any]] = []
        self._edges: list[tuple[Edge, EdgeServer]] = []
        self._devices: list[Device] = []
        self._fences = 0
        self._replays = 0
        self.bus: Bus = PrivateBus(kafka, prefix, prefix)
        self._consuming = self.bus
        """The bus whose groups the consumers are members of."""
        self.store = store
        self.front = Front(self.bus, store, now, wait_seconds=20)

    async def start(self) -> None:
        await self.bus.admin().create(fixed_topics())
        await self.front.api.life.begin()
        self._run(self.front.api.run())
        for name in ("edge-1", "edge-2"):
            await self._start_edge(name)
        self._consume()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._running.append(self._tasks.create_task(work))

    async def _start_edge(self, name: str) -> None:
        edge = compose_edge(
            self.bus,
            self.store,
            self.front.tokens,
            self._tasks,
            random=Random(),
            now=now,
            url=f"ws://{name}/ws",
            config=EdgeConfig(node=name),
        )
        server = EdgeServer(self._tasks, ServerConfig(port=0))
        await server.start()
        await edge.life.begin()
        self._run(edge.run())
        server.open(edge.node)
        self._edges.append((edge, server))

    def _consume(self) -> None:
        bus = self._consuming
        work = (
            Router(bus, self.store, Random(), RouterConfig()),
            Writer(bus, self.store, Random(), lambda: to_millis(now()), WriterConfig()),
            DeliveryStatus(bus, self.store, Random(), now, DeliveryStatusConfig()),
            SearchIndex(bus, self.store, Random(), now),
        )
        self._consumers = [self._tasks.create_task(one.run()) for one in work]

    async def stop(self) -> None:
        for device in self._devices:
            await device.close()
        for _, server in self._edges:
            await server.stop(0)
        await _stopped([*self._running, *self._consumers])
        await self.front.close()
        admin = self.bus.admin()
        await admin.delete(await admin.topics())

    # What people do.

    async def people(self, *names: str) -> list[Person]:
        return [await self.front.register(name) for name in names]

    async def device(
        self, person: Person, name: str, edge: int = 1, cursors: Mapping[str, Any] | None = None
    ) -> Device:
        node, server = self._edges[edge - 1]
        url = f"ws://127.0.0.1:{server.port}/ws"
        known = None if cursors is None else dict(cursors)
        device = await Device.open(url, node.life.topic, person.id, person.token, name, known)
        self._devices.append(device)
        return device

    async def leave(self, device: Device) -> None:
        self._devices.remove(device)
        await device.close()

    async def call(
        self, person: Person, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        return await self.front.client.request(method, f"/api{path}", json=body, headers=person.headers)

    async def done(
        self, person: Person, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A request that succeeds; its answer."""
        answer = await self.call(person, method, path, body)
        assert answer.is_success, answer.text
        assert answer.status_code != httpx.codes.ACCEPTED, "it was not decided in time"
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    # What can be said of all of it.

    async def settled(self) -> None:
        """All that was submitted is decided and told, and every device has what was for it."""
        await self._consumed()
        for device in self._devices:
            await self._fence(device)

    async def _consumed(self) -> None:
        """Offsets are committed when everything was told."""
        admin = self._consuming.admin()
        for group, topic in ((writer.GROUP, CONVERSATIONS), (delivery_status.GROUP, RECEIPTS)):
            while True:
                ends = await self._ends(topic)
                committed = await admin.committed(group, topic)
                if all(committed.get(partition.number, 0) >= end for partition, end in ends.items()):
                    break
                await asyncio.sleep(0.02)

    async def _ends(self, topic: str) -> Mapping[Partition, int]:
        admin = self.bus.admin()
        count = (await admin.topics(topic))[topic]
        return await admin.end_offsets(Partition(topic, number) for number in range(count))

    async def _submitted(self) -> int:
        """How many commands stand in the user topics, each of which begins with `opened`."""
        topics = await self.bus.admin().topics(USER_TOPIC_PREFIX)
        ends = await self.bus.admin().end_offsets(Partition(topic) for topic in topics)
        return sum(ends.values()) - len(topics)

    async def _fence(self, device: Device) -> None:
        """A frame behind all that stands in its edge's topic."""
        self._fences += 1
        at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=self._fences)
        frame = UserStatus(user=device.user, status="online", last_online=at)
        mail = Mail()
        mail.put(device.edge_topic, (device.session,), fragment(frame))
        await post(self.bus.producer(), mail.records())
        await device.told("user_status", last_online=f"{at:%Y-%m-%dT%H:%M:%S}.000Z")

    async def replay(self) -> None:
        """Every consumer reads everything again: the router all user topics, the others all that ever stood in theirs,
        under groups that have no offsets. Nothing may come of it, in the store or at the devices."""
        await self.settled()
        kept = await self._kept()
        commands = sum((await self._ends(CONVERSATIONS)).values()) + await self._submitted()
        shown = [device.everything() for device in self._devices]
        await _stopped(self._consumers)
        await self._database["router_positions"].delete_many({})
        self._replays += 1
        self._consuming = PrivateBus(self._kafka, self._prefix, f"{self._prefix}{self._replays}-")
        self._consume()
        while sum((await self._ends(CONVERSATIONS)).values()) < commands:
            await asyncio.sleep(0.02)
        await self._consumed()
        for device in self._devices:
            await self._fence(device)
        assert await self._kept() == kept
        assert [device.everything() for device in self._devices] == shown
        assert [device.doubled() for device in self._devices] == [[]] * len(self._devices)

    async def _kept(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """`applied` is how far the log was read, and moves with it."""
        hidden = {"applied": 0}
        return {name: await self._database[name].find({}, hidden).sort("_id", 1).to_list() for name in KEPT}


async def _stopped(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in reversed(tasks):
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def running(kafka: str, mongo: str, database: str, prefix: str) -> AsyncIterator[Stack]:
    bus, store = KafkaBus(kafka), await open_store(mongo, database)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo, timeoutMS=20_000)
    try:
        async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as tasks:
            stack = Stack(bus, prefix, store, client[database], tasks)
            await stack.start()
            try:
                yield stack
            finally:
                await stack.stop()
    finally:
        await client.close()
        await store.close()
        await bus.close()
