"""One's preferences over HTTP."""

import httpx
import pytest

from parley_client.rest import Rest
from schemas.preferences import Notifications, Preferences, PreferencesChange
from tests.api.world import NOBODY, PASSWORD, Person, World, assert_problem

DEFAULTS = {"notifications": "all", "email_digest": False, "read_receipts": True}


async def put(world: World, user: str, person: Person, body: object) -> httpx.Response:
    return await world.client.put(f"/api/users/{user}/preferences", json=body, headers=person.headers)


async def test_preferences_are_the_defaults_until_they_are_changed(world: World) -> None:
    alice = await world.register("alice")

    before = await world.get(f"/api/users/{alice.id}/preferences", alice)
    changed = await put(world, alice.id, alice, {"notifications": "mentions"})
    again = await put(world, alice.id, alice, {"read_receipts": False, "from_the_future": 1})
    after = await world.get(f"/api/users/{alice.id}/preferences", alice)

    assert before.json() == DEFAULTS
    assert changed.json() == DEFAULTS | {"notifications": "mentions"}
    assert again.json() == after.json() == changed.json() | {"read_receipts": False}


@pytest.mark.parametrize(
    "body", [{"notifications": "some"}, {"notifications": True}, {"email_digest": "yes"}, {"read_receipts": 0}, [], 1]
)
async def test_a_wrong_preference_changes_nothing(world: World, body: object) -> None:
    alice = await world.register("alice")
    assert_problem(await put(world, alice.id, alice, body), 400, "invalid_frame")
    assert (await world.get(f"/api/users/{alice.id}/preferences", alice)).json() == DEFAULTS


async def test_preferences_are_ones_own_only(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    for user in (alice.id, NOBODY.id, "%00"):
        assert_problem(await world.get(f"/api/users/{user}/preferences", bob), 403, "forbidden")
        assert_problem(await put(world, user, bob, {"email_digest": True}), 403, "forbidden")
    assert_problem(await world.client.get(f"/api/users/{alice.id}/preferences"), 401, "unauthenticated")
    assert (await world.get(f"/api/users/{alice.id}/preferences", alice)).json() == DEFAULTS


async def test_who_is_no_more_has_no_preferences(world: World) -> None:
    gone = world.signed_in(NOBODY.id)
    assert_problem(await world.get(f"/api/users/{gone.id}/preferences", gone), 404, "not_found")
    assert_problem(await put(world, gone.id, gone, {"email_digest": True}), 404, "not_found")


async def test_the_client_reads_and_changes_them(world: World) -> None:
    await world.register("alice")
    async with Rest("http://parley.test", httpx.ASGITransport(world.api.app)) as rest:
        await rest.login("alice", PASSWORD)
        assert await rest.preferences() == Preferences()
        changed = await rest.change_preferences(PreferencesChange(notifications=Notifications.NONE))
        assert changed == await rest.preferences() == Preferences(notifications=Notifications.NONE)
