"""Who is online, over HTTP."""

from domain.presence import Presence
from tests.api.world import World, assert_problem
from tests.making import NOW


async def test_those_who_are_online(world: World) -> None:
    carol, alice, bob = [await world.register(name) for name in ("carol", "alice", "bob")]
    for person in (alice, carol):
        world.database.presences[person.id] = Presence(online=True, last_online=NOW, cause="0/0")
    first = (await world.get("/api/users/active?limit=1", bob)).json()
    assert [user["username"] for user in first["users"]] == ["alice"]
    second = (await world.get(f"/api/users/active?limit=1&cursor={first['next']}", bob)).json()
    assert [user["username"] for user in second["users"]] == ["carol"]
    assert second["next"] is None
    assert_problem(await world.client.get("/api/users/active"), 401, "unauthenticated")


async def test_since_when_and_until_when(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    assert not (await world.get(f"/api/users/{alice.id}", bob)).json()["online"]
    world.database.presences[alice.id] = Presence(online=True, last_online=NOW, cause="0/0")
    seen = (await world.get(f"/api/users/{alice.id}", bob)).json()
    assert (seen["online"], seen["last_online"]) == (True, "2026-01-31T09:05:07.123Z")
