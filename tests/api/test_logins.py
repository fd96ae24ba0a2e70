"""Signing in, staying signed in, signing out."""

from datetime import datetime

import httpx
import pytest
from pwdlib.hashers.bcrypt import BcryptHasher

from domain.identity import User
from schemas.ids import new_user_id
from store.errors import StoreUnavailable
from store.ports import EdgeLife, Login
from tests.api.world import ORIGIN, PASSWORD, World, assert_problem

COOKIE = "parley_refresh"


async def signed_in(world: World, username: str = "alice") -> httpx.AsyncClient:
    """A browser in which somebody has registered and signed in."""
    await world.register(username)
    browser = world.browser()
    answer = await browser.post("/api/login", json={"username": username, "password": PASSWORD, "device": "laptop"})
    assert answer.status_code == 200, answer.text
    return browser


async def test_signing_in_gives_a_token_that_lets_in(world: World) -> None:
    made = await world.client.post("/api/users", json={"username": "Alice", "password": PASSWORD})

    answer = await world.client.post("/api/login", json={"username": "aLICE", "password": PASSWORD})

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["user"], body["expires_in"]) == (made.json(), 900)
    assert world.tokens.verify(body["access_token"], world.clock()).user == made.json()["id"]
    mine = await world.client.get("/api/conversations", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert mine.status_code == 200


async def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    browser = await signed_in(world)
    answer = await browser.post("/api/refresh")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/api;", "Max-Age=2592000"):
        assert attribute in cookie
    assert browser.cookies[COOKIE] not in answer.text


@pytest.mark.parametrize("username", ["alice", "nobody"])
async def test_a_wrong_password_and_an_unknown_user_answer_alike(world: World, username: str) -> None:
    await world.register("alice")
    answer = await world.client.post("/api/login", json={"username": username, "password": "not the password"})
    problem = assert_problem(answer, 403, "wrong_password")
    assert problem["detail"] == "The username or the password is wrong."
    assert "set-cookie" not in answer.headers


async def test_a_password_composed_otherwise_is_the_same(world: World) -> None:
    await world.client.post("/api/users", json={"username": "alice", "password": "cafe\u0301-society"})
    answer = await world.client.post("/api/login", json={"username": "alice", "password": "caf\u00e9-society"})
    assert answer.status_code == 200


async def test_an_imported_bcrypt_hash_lets_in_and_is_upgraded(world: World) -> None:
    user = User(new_user_id(), "veteran", world.clock())
    await world.store.users.create(user, BcryptHasher(rounds=4).hash(PASSWORD))

    for _ in range(2):
        answer = await world.client.post("/api/login", json={"username": "veteran", "password": PASSWORD})
        assert answer.status_code == 200
        found = await world.store.users.credentials("veteran")
        assert found is not None
        assert found[1].startswith("$argon2id$")


async def test_each_refresh_token_works_once_and_brings_its_successor(world: World) -> None:
    browser = await signed_in(world)
    seen = {browser.cookies[COOKIE]}
    for _ in range(3):
        answer = await browser.post("/api/refresh")
        assert answer.status_code == 200
        assert answer.json()["user"]["username"] == "alice"
        world.tokens.verify(answer.json()["access_token"], world.clock())
        seen.add(browser.cookies[COOKIE])
    assert len(seen) == 4


async def test_a_token_that_comes_again_ends_the_sign_in_for_thief_and_owner(world: World) -> None:
    owner = await signed_in(world)
    thief = world.browser()
    thief.cookies.set(COOKIE, owner.cookies[COOKIE], domain="parley.test", path="/api")
    assert (await owner.post("/api/refresh")).status_code == 200

    stolen = await thief.post("/api/refresh")
    after = await owner.post("/api/refresh")

    for answer in (stolen, after):
        assert_problem(answer, 401, "unauthenticated")
        assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert COOKIE not in owner.cookies


async def test_an_exchange_whose_answer_was_lost_is_no_theft(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await signed_in(world)
    rotate, tries = world.store.logins.rotate, 0

    async def answer_lost_once(old: str, new: str, now: datetime, expires_at: datetime) -> Login | None:
        nonlocal tries
        tries += 1
        found = await rotate(old, new, now, expires_at)
        if tries == 1:
            raise StoreUnavailable("the answer was lost")
        return found

    monkeypatch.setattr(world.store.logins, "rotate", answer_lost_once)
    assert (await browser.post("/api/refresh")).status_code == 200
    assert (await browser.post("/api/refresh")).status_code == 200
    assert tries == 3


async def test_another_sign_in_survives_a_theft(world: World) -> None:
    first = await signed_in(world)
    second = world.browser()
    await second.post("/api/login", json={"username": "alice", "password": PASSWORD})
    stolen = first.cookies[COOKIE]
    await first.post("/api/refresh")
    first.cookies.set(COOKIE, stolen, domain="parley.test", path="/api")
    await first.post("/api/refresh")

    assert (await second.post("/api/refresh")).status_code == 200


async def test_a_refresh_token_runs_out(world: World) -> None:
    browser = await signed_in(world)
    world.clock.advance(days=30, seconds=1)
    assert_problem(await browser.post("/api/refresh"), 401, "unauthenticated")


@pytest.mark.parametrize("cookie", [None, "", "made-up"])
async def test_nothing_to_refresh(world: World, cookie: str | None) -> None:
    browser = world.browser()
    if cookie is not None:
        browser.cookies.set(COOKIE, cookie)
    assert_problem(await browser.post("/api/refresh"), 401, "unauthenticated")


async def test_signing_out_ends_the_sign_in(world: World) -> None:
    browser = await signed_in(world)
    token = browser.cookies[COOKIE]

    out = await browser.post("/api/logout")

    assert (out.status_code, out.content) == (204, b"")
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, token, domain="parley.test", path="/api")
    assert_problem(await browser.post("/api/refresh"), 401, "unauthenticated")
    assert (await world.browser().post("/api/logout")).status_code == 204


@pytest.mark.parametrize(
    ("origin", "status"),
    [(None, 200), (ORIGIN, 200), ("http://parley.test", 200), ("https://evil.example", 403), ("null", 403)],
)
async def test_only_our_pages_may_use_the_cookie(world: World, origin: str | None, status: int) -> None:
    browser = await signed_in(world)
    answer = await browser.post("/api/refresh", headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == status
    if status == 403:
        assert_problem(answer, 403, "forbidden")


async def test_where_to_connect(world: World) -> None:
    alice = await world.register("alice")
    assert_problem(await world.get("/api/connect", alice), 503, "unavailable")

    await edges(world, 8)
    orders = {tuple((await world.get("/api/connect", alice)).json()["urls"]) for _ in range(8)}

    assert {frozenset(order) for order in orders} == {frozenset(f"ws://edge-{number}/ws" for number in range(8))}
    assert len(orders) > 1
    assert (await world.get("/api/connect", alice)).json()["heartbeat_seconds"] == 25


async def edges(world: World, number: int) -> None:
    for each in range(number):
        name = f"edge-{each}"
        await world.store.edges.begin(EdgeLife(f"life-{each}", name, f"edge.{name}.life-{each}", f"ws://{name}/ws"))
