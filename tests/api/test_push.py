"""Subscribing for Web Push: one's own, as long as one is signed in."""

from typing import Any

import httpx
import pytest

from domain.push import subscription_id
from producer_gateway.api.services import ApiConfig
from tests.api.world import PASSWORD, PUSH_KEY, World, assert_problem, running
from tests.domain.test_push import AUTH, P256DH

PATH = "/api/push/subscriptions"


def endpoint(number: int = 1) -> str:
    return f"https://push.example.org/{number}"


def subscription(number: int = 1, **changed: Any) -> dict[str, Any]:
    """As a browser's toJSON() gives it."""
    made = {"endpoint": endpoint(number), "expirationTime": None, "keys": {"p256dh": P256DH, "auth": AUTH}}
    return made | changed


async def kept(world: World, user: str) -> list[str]:
    return [one.endpoint for one in (await world.store.push_subscriptions.of([user])).get(user, ())]


async def test_the_key_is_for_whoever_is_signed_in(world: World) -> None:
    alice = await world.register("alice")
    assert (await world.get("/api/push/key", alice)).json() == {"key": PUSH_KEY}
    for method, path in (("GET", "/api/push/key"), ("POST", PATH), ("DELETE", PATH)):
        assert_problem(await world.client.request(method, path, json=subscription()), 401, "unauthenticated")


async def test_a_browser_subscribes_and_again_and_leaves(world: World) -> None:
    alice = await world.register("alice")
    for _ in range(2):
        made = await world.post(PATH, alice, subscription())
        assert (made.status_code, made.json()) == (201, {"id": subscription_id(endpoint())})
    assert await kept(world, alice.id) == [endpoint()]
    for _ in range(2):
        gone = await world.client.request("DELETE", PATH, json={"endpoint": endpoint()}, headers=alice.headers)
        assert (gone.status_code, gone.content) == (204, b"")
    assert await kept(world, alice.id) == []


async def test_nobody_removes_anothers(world: World) -> None:
    alice, bob = [await world.register(name) for name in ("alice", "bob")]
    await world.post(PATH, alice, subscription())
    gone = await world.client.request("DELETE", PATH, json={"endpoint": endpoint()}, headers=bob.headers)
    assert gone.status_code == 204
    assert await kept(world, alice.id) == [endpoint()]


async def test_the_oldest_make_room() -> None:
    async with running(ApiConfig(push_subscriptions=2)) as world:
        alice = await world.register("alice")
        for number in (1, 2, 3):
            await world.post(PATH, alice, subscription(number))
        assert await kept(world, alice.id) == [endpoint(2), endpoint(3)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (subscription(endpoint="http://push.example.org/1"), "endpoint"),
        (subscription(endpoint="https://10.0.0.1/1"), "endpoint"),
        (subscription(endpoint={"$gt": ""}), "endpoint"),
        (subscription(endpoint="https://push.example.org/" + "x" * 5000), "endpoint"),
        (subscription(keys={"p256dh": AUTH, "auth": AUTH}), "keys"),
        (subscription(keys={"p256dh": P256DH, "auth": "short"}), "keys"),
        (subscription(keys={"p256dh": P256DH}), "keys.auth"),
        ({"keys": {"p256dh": P256DH, "auth": AUTH}}, "endpoint"),
    ],
)
async def test_what_cannot_be_pushed_to_is_refused(world: World, body: dict[str, Any], field: str) -> None:
    alice = await world.register("alice")
    refused = assert_problem(await world.post(PATH, alice, body), 400, "invalid_frame")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert await kept(world, alice.id) == []


async def test_signing_out_ends_what_this_sign_in_made(world: World) -> None:
    await world.register("alice")
    phone, laptop = [await _signed_in(world) for _ in range(2)]
    user = ""
    for number, browser in enumerate((phone, laptop)):
        answer = (await browser.post("/api/refresh")).json()
        user = answer["user"]["id"]
        token = {"Authorization": f"Bearer {answer['access_token']}"}
        assert (await browser.post(PATH, json=subscription(number), headers=token)).status_code == 201

    assert (await phone.post("/api/logout")).status_code == 204

    assert await kept(world, user) == [endpoint(1)]


async def _signed_in(world: World) -> httpx.AsyncClient:
    browser = world.browser()
    answer = await browser.post("/api/login", json={"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser
