"""Requests that come too fast, and passwords that are guessed."""

import asyncio
from ipaddress import ip_network

import httpx
import pytest

from domain.limits import Rate
from producer_gateway.api.limiting import ApiLimits
from producer_gateway.api.services import ApiConfig
from tests.api.world import PASSWORD, World, assert_problem, running


def limited(response: httpx.Response, code: str = "rate_limited") -> int:
    """The seconds to wait."""
    assert assert_problem(response, 429, code)["retry"] is True
    return int(response.headers["retry-after"])


async def sign_in(world: World, password: str, username: str = "alice", **headers: str) -> httpx.Response:
    return await world.client.post("/api/login", json={"username": username, "password": password}, headers=headers)


async def test_commands_of_one_user_have_one_limit() -> None:
    async with running(ApiConfig(limits=ApiLimits(commands=Rate(3, 0.5)))) as world:
        alice, bob = await world.register("alice"), await world.register("bob")
        conversation = await world.direct(alice, bob)
        for number in range(2):
            assert (await world.say(alice, conversation, f"text {number}")).status_code == 201

        assert 1 <= limited(await world.say(alice, conversation, "one too many")) <= 2

        assert (await world.say(bob, conversation, "hello")).status_code == 201
        assert (await world.get(f"/api/conversations/{conversation}/messages", alice)).status_code == 200


async def test_other_requests_of_one_user_are_limited_by_route() -> None:
    async with running(ApiConfig(limits=ApiLimits(requests=Rate(2, 0.5)))) as world:
        alice, bob = await world.register("alice"), await world.register("bob")
        for _ in range(2):
            assert (await world.get(f"/api/users/{alice.id}", alice)).status_code == 200
        limited(await world.get(f"/api/users/{bob.id}", alice))
        assert (await world.get("/api/conversations", alice)).status_code == 200
        assert (await world.get(f"/api/users/{alice.id}", bob)).status_code == 200


async def test_an_address_is_limited_whoever_asks() -> None:
    limits = ApiLimits(address_requests=Rate(3, 0.5), proxies=(ip_network("127.0.0.1"),))
    async with running(ApiConfig(limits=limits)) as world:
        for _ in range(3):
            assert (await world.client.post("/api/logout")).status_code == 204
        limited(await world.client.post("/api/logout"))
        limited(await world.client.get("/no/such/path"))
        elsewhere = await world.client.post("/api/logout", headers={"X-Forwarded-For": "198.51.100.1"})
        assert elsewhere.status_code == 204


async def test_a_forwarded_address_is_believed_of_proxies_only() -> None:
    async with running(ApiConfig(limits=ApiLimits(address_requests=Rate(1, 0.5)))) as world:
        await world.client.post("/api/logout", headers={"X-Forwarded-For": "198.51.100.1"})
        limited(await world.client.post("/api/logout", headers={"X-Forwarded-For": "198.51.100.2"}))


async def test_one_address_makes_so_many_accounts() -> None:
    async with running(ApiConfig(limits=ApiLimits(registrations=Rate(1, 0.1)))) as world:
        await world.register("alice")
        again = await world.client.post("/api/users", json={"username": "bob", "password": PASSWORD})
        assert 1 <= limited(again) <= 10


async def test_one_address_signs_in_so_often() -> None:
    async with running(ApiConfig(limits=ApiLimits(sign_ins=Rate(2, 0.1)))) as world:
        await world.register("alice")
        for _ in range(2):
            assert (await sign_in(world, PASSWORD)).status_code == 200
        assert 1 <= limited(await sign_in(world, PASSWORD)) <= 10


async def test_a_password_is_not_guessed_for_long() -> None:
    limits = ApiLimits(proxies=(ip_network("127.0.0.1"),))
    async with running(ApiConfig(limits=limits)) as world:
        await world.register("alice")
        for _ in range(5):
            assert_problem(await sign_in(world, "a wrong one"), 403, "wrong_password")

        limited(await sign_in(world, "a wrong one"), "locked_out")
        limited(await sign_in(world, PASSWORD, "ALICE"), "locked_out")

        elsewhere = {"X-Forwarded-For": "198.51.100.1"}
        assert (await sign_in(world, PASSWORD, **elsewhere)).status_code == 200


async def test_of_many_guesses_at_once_few_get_through(world: World) -> None:
    await world.register("alice")
    answers = await asyncio.gather(*(sign_in(world, f"guess number {number}") for number in range(12)))
    assert sorted(answer.status_code for answer in answers) == [403] * 5 + [429] * 7


@pytest.mark.parametrize("username", ["alice", "nobody"])
async def test_a_lock_does_not_tell_who_exists(world: World, username: str) -> None:
    await world.register("alice")
    answers = [await sign_in(world, "a wrong one", username) for _ in range(6)]
    assert [answer.json()["code"] for answer in answers] == ["wrong_password"] * 5 + ["locked_out"]


async def test_who_knows_his_password_is_not_held_up(world: World) -> None:
    await world.register("alice")
    for _ in range(3):
        for _ in range(4):
            assert_problem(await sign_in(world, "a wrong one"), 403, "wrong_password")
        assert (await sign_in(world, PASSWORD)).status_code == 200
