"""Accounts over HTTP."""

import pytest

from tests.api.world import NOBODY, PASSWORD, World, assert_problem


async def test_registering_makes_a_profile(world: World) -> None:
    body = {
        "username": "Alice.B",
        "password": PASSWORD,
        "name": "Alice",
        "email": "a@b.example",
        "phone_number": "+1 2",
    }

    made = await world.client.post("/api/users", json=body)

    assert made.status_code == 201, made.text
    profile = made.json()
    assert (profile["username"], profile["name"], profile["email"]) == ("Alice.B", "Alice", "a@b.example")
    assert made.headers["location"] == f"/api/users/{profile['id']}"
    assert PASSWORD not in made.text


async def test_a_username_is_unique_without_regard_to_case(world: World) -> None:
    await world.register("Straße")
    again = await world.client.post("/api/users", json={"username": "STRASSE", "password": PASSWORD})
    assert_problem(again, 409, "conflict")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "with space"}, "username"),
        ({"username": "a\u200db"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": 7}, "username"),
        ({"username": None}, "username"),
        ({"username": "\x00"}, "username"),
        ({"password": "seven77"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": ["a" * 9]}, "password"),
        ({"email": "nowhere"}, "email"),
        ({"phone_number": "call me"}, "phone_number"),
        ({"name": "   "}, "name"),
    ],
)
async def test_what_is_wrong_is_said_by_field_and_not_echoed(
    world: World, change: dict[str, object], field: str
) -> None:
    body = {"username": "alice", "password": "a secret of 8+"} | change

    answer = await world.client.post("/api/users", json=body)

    problem = assert_problem(answer, 400, "invalid_frame")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert "a secret of 8+" not in answer.text
    assert "seven77" not in answer.text


async def test_a_long_password_counts_to_its_end(world: World) -> None:
    password = "x" * 127
    await world.client.post("/api/users", json={"username": "alice", "password": password + "y"})

    wrong = await world.client.post("/api/login", json={"username": "alice", "password": password + "z"})
    right = await world.client.post("/api/login", json={"username": "alice", "password": password + "y"})

    assert_problem(wrong, 403, "wrong_password")
    assert right.status_code == 200


async def test_address_and_number_are_ones_own(world: World) -> None:
    alice = await world.register("alice", email="a@b.example", phone_number="123")
    bob = await world.register("bob")

    own = (await world.get(f"/api/users/{alice.id}", alice)).json()
    others = (await world.get(f"/api/users/{alice.id}", bob)).json()

    assert (own["email"], own["phone_number"]) == ("a@b.example", "123")
    assert "email" not in others
    assert "phone_number" not in others
    assert others["username"] == "alice"


async def test_users_are_listed_by_name_in_pages(world: World) -> None:
    alice = await world.register("alice")
    for name in ("dora", "Bob", "carol"):
        await world.register(name)

    listed: list[str] = []
    path = "/api/users?limit=3"
    while path:
        page = (await world.get(path, alice)).json()
        listed += [user["username"] for user in page["users"]]
        path = f"/api/users?limit=3&cursor={page['next']}" if page["next"] else ""

    assert listed == ["alice", "Bob", "carol", "dora"]


async def test_users_are_found_by_what_their_names_begin_with(world: World) -> None:
    alice = await world.register("alice", name="Ada")
    await world.register("bob", lastname="Adams")
    await world.register("carol")

    async def found(query: str) -> list[str]:
        return [user["username"] for user in (await world.get(f"/api/users?q={query}", alice)).json()["users"]]

    assert await found("AD") == ["alice", "bob"]
    assert await found("car") == ["carol"]
    assert await found(".*") == []
    assert len(await found("")) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "q=" + "x" * 101])
async def test_a_bad_query_is_refused(world: World, query: str) -> None:
    alice = await world.register("alice")
    assert_problem(await world.get(f"/api/users?{query}", alice), 400, "invalid_frame")


@pytest.mark.parametrize("user", [NOBODY.id, "bob", "%00", "a%2Fb", "u_$ne"])
async def test_nobody_by_that_id(world: World, user: str) -> None:
    alice = await world.register("alice")
    assert_problem(await world.get(f"/api/users/{user}", alice), 404, "not_found")
