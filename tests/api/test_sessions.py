"""Sign-ins that are listed and ended, and the sockets that close with them: over memory, and over Kafka and MongoDB."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest

from bus.kafka import KafkaBus
from bus.memory import MemoryBus, MemoryCluster
from bus.ports import Bus, Partition
from consumers.session_expiry.erasures import Eraser
from consumers.session_expiry.user_topics import UserTopicSweeper
from parley import edge as edges
from parley.edge import Edge
from producer_gateway.edge.node import EdgeConfig
from schemas.errors import CloseCode
from schemas.times import to_millis
from schemas.topics import fixed_topics
from store.memory import MemoryDatabase, MemoryStore
from store.mongo import open_store
from store.ports import Store
from tests.api.world import PASSWORD, Front, assert_problem
from tests.edge.world import Client

SECONDS = 60


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Servers:
    bus: Bus
    store: Store


@asynccontextmanager
async def in_memory() -> AsyncIterator[Servers]:
    cluster = MemoryCluster(lambda: to_millis(now()))
    cluster.create(fixed_topics())
    yield Servers(MemoryBus(cluster), MemoryStore(MemoryDatabase(now)))


@asynccontextmanager
async def real(kafka: str, mongo: str, database: str) -> AsyncIterator[Servers]:
    bus, store = KafkaBus(kafka), await open_store(mongo, database)
    await bus.admin().create(fixed_topics())
    yield Servers(bus, store)
    await bus.close()
    await store.close()


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.real)])
async def servers(request: pytest.FixtureRequest) -> AsyncIterator[Servers]:
    if request.param == "memory":
        opened = in_memory()
    else:
        opened = real(*(request.getfixturevalue(name) for name in ("kafka_bootstrap", "mongo_url", "database_name")))
    async with opened as found:
        yield found


class House:
    """An api, an edge, and who comes to them."""

    def __init__(self, servers: Servers, tasks: asyncio.TaskGroup) -> None:
        self.store = servers.store
        self.front = Front(servers.bus, servers.store, now)
        self.edge: Edge = edges.compose(
            servers.bus,
            servers.store,
            self.front.tokens,
            tasks,
            random=Random(1),
            now=now,
            url="ws://edge-1/ws",
            config=EdgeConfig(node="edge-1"),
        )

    async def sign_in(self, device: str, username: str = "alice") -> tuple[httpx.AsyncClient, dict[str, Any]]:
        browser = self.front.browser()
        body = {"username": username, "password": PASSWORD, "device": device}
        answer = await browser.post("/api/login", json=body)
        assert answer.status_code == 200, answer.text
        browser.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return browser, answer.json()

    async def socket(self, signed_in: dict[str, Any], device: str) -> Client:
        client = Client(self.edge, signed_in["user"]["id"], device)
        return await client.connect(token=signed_in["access_token"])


@asynccontextmanager
async def a_house(servers: Servers) -> AsyncIterator[House]:
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
        house = House(servers, tasks)
        await house.front.api.life.begin()
        await house.edge.life.begin()
        running = [tasks.create_task(house.front.api.run()), tasks.create_task(house.edge.run())]
        try:
            yield house
        finally:
            for task in running:
                task.cancel()
            await house.front.close()


async def test_a_sign_in_that_is_ended_elsewhere_is_over(servers: Servers) -> None:
    async with a_house(servers) as house:
        await house.front.register("alice")
        laptop, on_laptop = await house.sign_in("laptop")
        phone, on_phone = await house.sign_in("phone")
        near, far = await house.socket(on_laptop, "laptop"), await house.socket(on_phone, "phone")

        listed = (await laptop.get("/api/sessions")).json()["sessions"]
        assert [(one["device"], one["current"]) for one in listed] == [("phone", False), ("laptop", True)]
        assert (await laptop.delete(f"/api/sessions/{listed[0]['id']}")).status_code == 204

        assert await far.until_closed() == CloseCode.AUTHENTICATE
        assert far.frames[-1] == {"type": "signed_out"}
        assert_problem(await phone.post("/api/refresh"), 401, "unauthenticated")
        assert_problem(await phone.get("/api/sessions"), 401, "unauthenticated")
        again = await house.socket(on_phone, "phone")
        assert again.close_code == CloseCode.AUTHENTICATE
        assert again.frames[-1]["error"]["code"] == "unauthenticated"

        assert near.close_code is None
        assert [one["device"] for one in (await laptop.get("/api/sessions")).json()["sessions"]] == ["laptop"]
        assert (await laptop.delete(f"/api/sessions/{listed[0]['id']}")).status_code == 204, "twice is fine"


async def test_a_new_password_ends_the_other_sign_ins(servers: Servers) -> None:
    async with a_house(servers) as house:
        alice = await house.front.register("alice")
        laptop, on_laptop = await house.sign_in("laptop")
        phone, on_phone = await house.sign_in("phone")
        near, far = await house.socket(on_laptop, "laptop"), await house.socket(on_phone, "phone")

        change = {"old": PASSWORD, "new": "an entirely new password"}
        assert (await laptop.put(f"/api/users/{alice.id}/password", json=change)).status_code == 204

        assert await far.until_closed() == CloseCode.AUTHENTICATE
        assert far.frames[-1] == {"type": "signed_out"}
        assert_problem(await phone.post("/api/refresh"), 401, "unauthenticated")
        assert near.close_code is None
        assert (await laptop.post("/api/refresh")).status_code == 200


async def test_signing_out_closes_ones_sockets(servers: Servers) -> None:
    async with a_house(servers) as house:
        await house.front.register("alice")
        laptop, on_laptop = await house.sign_in("laptop")
        socket = await house.socket(on_laptop, "laptop")
        assert (await laptop.post("/api/logout")).status_code == 204
        assert await socket.until_closed() == CloseCode.AUTHENTICATE
        assert (await house.socket(on_laptop, "laptop")).close_code == CloseCode.AUTHENTICATE


async def test_a_socket_refreshes_under_its_own_sign_in_while_that_lasts(servers: Servers) -> None:
    async with a_house(servers) as house:
        alice = await house.front.register("alice")
        _, on_laptop = await house.sign_in("laptop")
        _, on_phone = await house.sign_in("phone")
        socket = await house.socket(on_laptop, "laptop")

        await socket.send(type="refresh", id="r1", token=on_laptop["access_token"])
        await socket.send(type="refresh", id="r2", token=on_phone["access_token"])
        (login,) = [found.id for found in await house.store.logins.of(alice.id) if found.device == "laptop"]
        await house.store.logins.end(alice.id, [login])
        await socket.send(type="refresh", id="r3", token=on_laptop["access_token"])

        answers = {frame["id"]: frame for frame in socket.frames if frame.get("id")}
        assert answers["r1"] == {"type": "refreshed", "id": "r1"}
        assert [answers[name]["error"]["code"] for name in ("r2", "r3")] == ["unauthenticated"] * 2


async def test_other_peoples_sign_ins_do_not_exist(servers: Servers) -> None:
    async with a_house(servers) as house:
        alice = await house.front.register("alice")
        await house.front.register("bob")
        await house.sign_in("laptop")
        bobs, _ = await house.sign_in("laptop", "bob")
        (login,) = await house.store.logins.of(alice.id)
        for name in (login.id, "l_unknown", "%00"):
            assert_problem(await bobs.delete(f"/api/sessions/{name}"), 404, "not_found")
        assert await house.store.logins.of(alice.id) == [login]
        assert_problem(await house.front.client.get("/api/sessions"), 401, "unauthenticated")
        assert_problem(await house.front.client.delete(f"/api/sessions/{login.id}"), 401, "unauthenticated")


async def test_an_erased_account_is_gone_for_good(servers: Servers) -> None:
    async with a_house(servers) as house:
        alice, bob = await house.front.register("alice", name="Al"), await house.front.register("bob")
        laptop, on_laptop = await house.sign_in("laptop")
        phone, on_phone = await house.sign_in("phone")
        near, far = await house.socket(on_laptop, "laptop"), await house.socket(on_phone, "phone")
        topic = await house.edge.topics.topic(alice.id)

        wrong = await laptop.request("DELETE", f"/api/users/{alice.id}", json={"password": "a wrong one"})
        assert_problem(wrong, 403, "wrong_password")
        others = await house.front.client.request(
            "DELETE", f"/api/users/{alice.id}", json={"password": PASSWORD}, headers=bob.headers
        )
        assert_problem(others, 403, "forbidden")
        assert near.close_code is None
        done = await laptop.request("DELETE", f"/api/users/{alice.id}", json={"password": PASSWORD})
        assert done.status_code == 204

        for socket in (near, far):
            assert await socket.until_closed() == CloseCode.AUTHENTICATE
            assert socket.frames[-1] == {"type": "signed_out"}
        assert_problem(await phone.post("/api/refresh"), 401, "unauthenticated")
        assert (await house.socket(on_phone, "phone")).close_code == CloseCode.AUTHENTICATE
        assert_problem(await house.front.get(f"/api/users/{alice.id}", bob), 404, "not_found")
        again = await house.front.client.post("/api/login", json={"username": "alice", "password": PASSWORD})
        assert_problem(again, 403, "wrong_password")
        talk = await house.front.post("/api/conversations", bob, {"kind": "direct", "with": alice.id})
        assert_problem(talk, 404, "not_found")

        assert await house.store.users.erasing(10) == [alice.id]
        eraser = Eraser(house.store, servers.bus.producer(), servers.bus.admin(), Random(1))
        await eraser.sweep()
        assert await house.store.users.erasing(10) == [alice.id], "what he submitted may be on its way"
        assert await house.store.user_topics.open([alice.id], 60.0) == {}
        sweeper = UserTopicSweeper(
            house.store.user_topics,
            house.store.router_positions,
            servers.bus.admin(),
            servers.bus.producer(),
            Random(1),
        )
        ends = await servers.bus.admin().end_offsets([Partition(topic)])
        await house.store.router_positions.advance({topic: ends[Partition(topic)]})
        await sweeper.sweep()
        assert topic not in await servers.bus.admin().topics(topic)
        await eraser.sweep()
        assert await house.store.users.erasing(10) == []
        assert (await house.front.register("alice")).id != alice.id
