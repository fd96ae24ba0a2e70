"""Changing one's profile and password, over HTTP."""

import asyncio

import httpx
import pytest

from parley_client.errors import RequestFailed, WrongPassword
from parley_client.rest import Rest
from tests.api.world import NOBODY, PASSWORD, Person, World, assert_problem

NEW = "an entirely new password"


async def put(world: World, path: str, person: Person, body: object) -> httpx.Response:
    return await world.client.put(f"/api/users/{path}", json=body, headers=person.headers)


async def sign_in(world: World, password: str) -> httpx.Response:
    return await world.client.post("/api/login", json={"username": "alice", "password": password})


async def test_a_profile_changes_field_by_field(world: World) -> None:
    alice = await world.register("alice", name="Al", email="a@b.example")

    changed = await put(world, alice.id, alice, {"name": "Alma", "phone_number": "+43 1", "email": None})

    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["phone_number"]) == ("Alma", "+43 1")
    assert "email" not in changed.json()
    assert (await world.get(f"/api/users/{alice.id}", alice)).json() == changed.json() | {"online": False}
    assert (await world.get("/api/users?q=alma", alice)).json()["users"] == [changed.json()]


@pytest.mark.parametrize(
    "body", [{"name": " "}, {"name": 7}, {"lastname": "x" * 101}, {"email": "nowhere"}, {"phone_number": "call"}, [], 1]
)
async def test_a_wrong_field_changes_nothing(world: World, body: object) -> None:
    alice = await world.register("alice", name="Al")
    before = (await world.get(f"/api/users/{alice.id}", alice)).json()
    assert_problem(await put(world, alice.id, alice, body), 400, "invalid_frame")
    assert (await world.get(f"/api/users/{alice.id}", alice)).json() == before


async def test_what_is_no_part_of_a_profile_is_passed_over(world: World) -> None:
    alice = await world.register("alice")
    changed = await put(world, alice.id, alice, {"username": "root", "id": "u_x", "created_at": 1})
    assert changed.json()["username"] == "alice"


@pytest.mark.parametrize("path", ["", "/password"])
async def test_only_ones_own_account_is_changed(world: World, path: str) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    body = {"name": "Mallory", "old": PASSWORD, "new": NEW}
    for user in (alice.id, NOBODY.id):
        assert_problem(await put(world, user + path, bob, body), 403, "forbidden")
    assert_problem(await world.client.put(f"/api/users/{alice.id}{path}", json=body), 401, "unauthenticated")
    gone = world.signed_in(NOBODY.id)
    assert_problem(await put(world, gone.id + path, gone, body), 404, "not_found")
    assert (await sign_in(world, PASSWORD)).status_code == 200


async def test_a_new_password_takes_the_place_of_the_old(world: World) -> None:
    alice = await world.register("alice")
    assert (await put(world, f"{alice.id}/password", alice, {"old": PASSWORD, "new": NEW})).status_code == 204
    assert_problem(await sign_in(world, PASSWORD), 403, "wrong_password")
    assert (await sign_in(world, NEW)).status_code == 200


async def test_a_password_is_changed_by_who_knows_it(world: World) -> None:
    alice = await world.register("alice")
    path = f"{alice.id}/password"
    for _ in range(5):
        assert_problem(await put(world, path, alice, {"old": "a wrong one", "new": NEW}), 403, "wrong_password")
    assert_problem(await put(world, path, alice, {"old": PASSWORD, "new": NEW}), 429, "locked_out")
    assert (await sign_in(world, PASSWORD)).status_code == 200


@pytest.mark.parametrize("new", ["short", "x" * 129, 7, None])
async def test_a_new_password_is_one_that_could_be_registered(world: World, new: object) -> None:
    alice = await world.register("alice")
    answer = await put(world, f"{alice.id}/password", alice, {"old": PASSWORD, "new": new})
    assert [error["field"] for error in assert_problem(answer, 400, "invalid_frame")["errors"]] == ["new"]


async def test_of_two_changes_at_once_one_is_told_so(world: World) -> None:
    alice = await world.register("alice")
    path = f"{alice.id}/password"
    answers = await asyncio.gather(
        *(put(world, path, alice, {"old": PASSWORD, "new": f"new password {number}"}) for number in range(2))
    )
    assert sorted(answer.status_code for answer in answers) in ([204, 403], [204, 409])


async def test_a_login_with_the_old_password_does_not_slip_through(world: World) -> None:
    """Whatever comes first: once the password is changed, nobody is signed in by the old one."""
    alice = await world.register("alice")
    _, *logins = await asyncio.gather(
        put(world, f"{alice.id}/password", alice, {"old": PASSWORD, "new": NEW}),
        *(sign_in(world, PASSWORD) for _ in range(4)),
    )
    for answer in logins:
        if answer.status_code == 200:
            token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            assert_problem(await world.client.get("/api/sessions", headers=token), 401, "unauthenticated")
    assert await world.store.logins.of(alice.id) == []


async def test_the_client_does_all_of_it(world: World) -> None:
    await world.register("alice")
    transport = httpx.ASGITransport(world.api.app)
    async with Rest("http://parley.test", transport) as laptop, Rest("http://parley.test", transport) as phone:
        await laptop.login("alice", PASSWORD, "laptop")
        await phone.login("alice", PASSWORD, "phone")
        assert (await laptop.change_profile(name="Alma")).name == "Alma"
        with pytest.raises(WrongPassword):
            await laptop.change_password("a wrong one", NEW)
        await laptop.change_password(PASSWORD, NEW)

        (left,) = await laptop.sessions()
        assert (left.device, left.current) == ("laptop", True)
        with pytest.raises(RequestFailed):
            await phone.refresh()
        await laptop.end_session(left.id)
        with pytest.raises(RequestFailed):
            await laptop.refresh()
