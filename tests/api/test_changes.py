"""Messages that are there already, over HTTP: edited, deleted, reacted to."""

from typing import Any

import httpx
import pytest

from tests.api.world import Person, World, assert_problem


async def talk(world: World) -> tuple[Person, Person, str]:
    """Two people, and the path of what the first one said."""
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    sent = await world.say(alice, conversation, "hello")
    return alice, bob, f"/api/messages/{conversation}.{sent.json()['seq']}"


async def ask(
    world: World, method: str, path: str, person: Person, body: dict[str, Any] | None = None, key: str = ""
) -> httpx.Response:
    headers = person.headers | ({"Idempotency-Key": key} if key else {})
    return await world.client.request(method, path, json=body, headers=headers)


async def test_an_edit_is_answered_with_the_message_as_it_is_then(world: World) -> None:
    alice, bob, path = await talk(world)

    edited = await ask(world, "PUT", path, alice, {"text": "better"}, key="e1")

    assert edited.status_code == 200, edited.text
    message = edited.json()
    assert (message["text"], message["seq"], message["rev"], message["cause"]) == ("better", 1, 2, "e1")
    assert message["edited_at"].endswith("Z")
    assert (await world.get(path, bob)).json() == message
    assert edited.headers["idempotency-key"] == "e1"


async def test_the_same_key_edits_once(world: World) -> None:
    alice, _, path = await talk(world)

    answers = [await ask(world, "PUT", path, alice, {"text": text}, key="e1") for text in ("one", "two")]

    assert [answer.json()["text"] for answer in answers] == ["one", "one"]


async def test_a_deleted_message_has_no_content_anywhere(world: World) -> None:
    alice, bob, path = await talk(world)

    deleted = await ask(world, "DELETE", path, alice)

    assert deleted.status_code == 200, deleted.text
    assert (deleted.json()["text"], deleted.json()["deleted_at"][-1]) == (None, "Z")
    assert (await ask(world, "DELETE", path, alice)).status_code == 200
    assert_problem(await ask(world, "PUT", path, alice, {"text": "back"}), 409, "conflict")
    assert_problem(await ask(world, "PUT", f"{path}/reactions/👍", bob), 409, "conflict")
    listed = (await world.get("/api/conversations", bob)).json()["conversations"][0]
    assert listed["last_message"] == deleted.json()
    assert listed["unread"] == 0


async def test_reactions(world: World) -> None:
    alice, bob, path = await talk(world)

    await ask(world, "PUT", f"{path}/reactions/👍", alice)
    both = await ask(world, "PUT", f"{path}/reactions/👍", bob)
    left = await ask(world, "DELETE", f"{path}/reactions/👍", alice)

    assert both.json()["reactions"] == {"👍": [alice.id, bob.id]}
    assert left.json()["reactions"] == {"👍": [bob.id]}
    assert left.json()["rev"] == 4


@pytest.mark.parametrize("emoji", ["x", "👍👍", "%20"])
async def test_what_is_no_emoji(world: World, emoji: str) -> None:
    alice, _, path = await talk(world)

    assert_problem(await ask(world, "PUT", f"{path}/reactions/{emoji}", alice), 400, "invalid_frame")


async def test_others_messages_and_strangers(world: World) -> None:
    alice, bob, path = await talk(world)
    carol = await world.register("carol")

    assert_problem(await ask(world, "PUT", path, bob, {"text": "mine"}), 403, "forbidden")
    assert_problem(await ask(world, "DELETE", path, bob), 403, "forbidden")
    assert_problem(await ask(world, "PUT", path, carol, {"text": "mine"}), 404, "not_found")
    assert_problem(await ask(world, "DELETE", path, carol), 404, "not_found")
    assert_problem(await ask(world, "PUT", f"{path}/reactions/👍", carol), 404, "not_found")
    zero = f"{path}/reactions/👍".replace(".1/", ".0/")
    for nothing in ("/api/messages/c_x.1", f"{path}9", "/api/messages/nothing", zero):
        wanted = {"text": "x"} if "reactions" not in nothing else None
        assert_problem(await ask(world, "PUT", nothing, alice, wanted), 404, "not_found")


async def test_who_was_put_out_is_told_what_became_of_his_and_shown_nothing_of_others(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    made = await world.post("/api/conversations", alice, {"kind": "group", "name": "g", "members": [bob.id]})
    conversation = made.json()["id"]
    await world.say(alice, conversation, "before")
    own = (await world.say(bob, conversation, "mine")).json()
    hers, his = f"/api/messages/{conversation}.{own['seq'] - 1}", f"/api/messages/{conversation}.{own['seq']}"
    reaction, edit = (bob, None, "r"), (bob, {"text": "mine, better"}, "e")
    assert (await ask(world, "PUT", f"{hers}/reactions/👍", *reaction)).status_code == 200
    assert (await ask(world, "PUT", his, *edit)).status_code == 200
    await ask(world, "DELETE", f"/api/conversations/{conversation}/members/{bob.id}", alice)
    await ask(world, "PUT", hers, alice, {"text": "what he must not see"})

    assert_problem(await ask(world, "PUT", f"{hers}/reactions/👍", *reaction), 403, "not_a_member")
    assert (await ask(world, "PUT", his, *edit)).json()["text"] == "mine, better"
