"""Groups over HTTP: joined, left, managed, deleted; and who is blocked."""

from typing import Any

import httpx

from tests.api.world import Person, World, assert_problem

PASSWORD = "open sesame"


class Group:
    """A group of Alice (its admin) and Bob; Carol is none of them."""

    def __init__(self, world: World, people: list[Person], made: httpx.Response) -> None:
        assert made.status_code == 201, made.text
        self.world = world
        self.alice, self.bob, self.carol = people
        self.id = str(made.json()["id"])
        self.path = f"/api/conversations/{self.id}"

    async def ask(self, method: str, path: str, person: Person, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.world.client.request(method, self.path + path, json=body, headers=person.headers)

    async def say(self, person: Person, text: str) -> httpx.Response:
        return await self.world.say(person, self.id, text)

    async def events(self, person: Person) -> list[dict[str, Any]]:
        page = (await self.world.get(f"{self.path}/messages", person)).json()
        return [message["event"] for message in page["messages"] if message["kind"] == "system"]


async def found(world: World, **more: Any) -> Group:
    people = [await world.register(name) for name in ("alice", "bob", "carol")]
    body = {"kind": "group", "name": "Friends", "members": [people[1].id], **more}
    return Group(world, people, await world.post("/api/conversations", people[0], body))


def roles(summary: httpx.Response) -> dict[str, str]:
    assert summary.status_code == 200, summary.text
    return {member["user"]: member["role"] for member in summary.json()["members"]}


async def test_added_promoted_removed(world: World) -> None:
    group = await found(world)
    alice, bob, carol = group.alice, group.bob, group.carol

    added = await group.ask("POST", "/members", alice, {"user": carol.id})
    assert roles(added) == {alice.id: "admin", bob.id: "member", carol.id: "member"}
    promoted = await group.ask("PUT", f"/members/{carol.id}", alice, {"role": "admin"})
    assert roles(promoted)[carol.id] == "admin"
    removed = await group.ask("DELETE", f"/members/{bob.id}", carol)

    assert removed.status_code == 204, removed.text
    assert_problem(await group.say(bob, "still here?"), 403, "not_a_member")
    assert_problem(await world.get(group.path, bob), 403, "not_a_member")
    assert_problem(await world.get(f"{group.path}/messages", bob), 403, "not_a_member")
    assert await group.events(carol) == [
        {"type": "added", "by": alice.id, "user": carol.id},
        {"type": "role", "by": alice.id, "user": carol.id, "role": "admin"},
        {"type": "removed", "by": carol.id, "user": bob.id},
    ]


async def test_a_group_is_joined_by_its_password_and_shows_what_was_said(world: World) -> None:
    group = await found(world, password=PASSWORD)
    await group.say(group.bob, "hello")

    assert_problem(await group.ask("POST", "/join", group.carol, {"password": "sesame"}), 403, "wrong_password")
    assert_problem(await group.ask("POST", "/join", group.carol, {}), 403, "wrong_password")
    joined = await group.ask("POST", "/join", group.carol, {"password": PASSWORD})

    assert joined.status_code == 200, joined.text
    assert [message["text"] for message in joined.json()["messages"]] == ["hello", None]
    assert joined.json()["unread"] == 0
    assert (await group.say(group.carol, "here I am")).status_code == 201
    again = await group.ask("POST", "/join", group.carol, {})
    assert again.status_code == 200, "he is in it already"
    assert all(PASSWORD not in str(state) for state in world.database.conversations.values())


async def test_a_changed_password_is_the_only_one(world: World) -> None:
    group = await found(world, password=PASSWORD)

    changed = await group.ask("PUT", "", group.alice, {"password": "another one", "name": "Foes"})

    assert (changed.status_code, changed.json()["name"]) == (200, "Foes")
    assert_problem(await group.ask("POST", "/join", group.carol, {"password": PASSWORD}), 403, "wrong_password")
    taken = await group.ask("PUT", "", group.alice, {"password": None, "description": "none"})
    assert taken.json()["description"] == "none"
    assert_problem(await group.ask("POST", "/join", group.carol, {"password": "another one"}), 404, "not_found")
    assert_problem(await group.ask("PUT", "", group.bob, {"password": "another one"}), 403, "forbidden")
    assert_problem(await group.ask("PUT", "", group.alice, {"name": None}), 400, "invalid_frame")


async def test_guessing_locks_out(world: World) -> None:
    group = await found(world, password=PASSWORD)
    for _ in range(5):
        assert_problem(await group.ask("POST", "/join", group.carol, {"password": "a guess"}), 403, "wrong_password")

    locked = await group.ask("POST", "/join", group.carol, {"password": PASSWORD})

    assert_problem(locked, 429, "locked_out")
    assert int(locked.headers["retry-after"]) >= 1
    world.clock.advance(seconds=3)
    assert (await group.ask("POST", "/join", group.carol, {"password": PASSWORD})).status_code == 200


async def test_a_group_without_a_password_does_not_exist_to_others(world: World) -> None:
    group = await found(world)

    assert_problem(await group.ask("POST", "/join", group.carol, {"password": PASSWORD}), 404, "not_found")
    assert_problem(await group.ask("POST", "/members", group.carol, {"user": group.carol.id}), 404, "not_found")
    for method, path, body in (
        ("PUT", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/leave", None),
        ("PUT", f"/members/{group.bob.id}", {"role": "admin"}),
        ("DELETE", f"/members/{group.bob.id}", None),
    ):
        assert_problem(await group.ask(method, path, group.carol, body), 404, "not_found")
        if path != "/leave":
            refused = group.alice if path.endswith(group.alice.id) else group.bob
            if not (method == "DELETE" and path.endswith(group.bob.id)):
                assert_problem(await group.ask(method, path, refused, body), 403, "forbidden")


async def test_asked_again_with_the_same_key_it_has_the_same_outcome(world: World) -> None:
    """Also when what was asked for is that one may ask for nothing any more."""
    group = await found(world)
    for person, method, path in ((group.bob, "POST", "/leave"), (group.alice, "DELETE", "")):
        headers = {**person.headers, "Idempotency-Key": "once"}
        answers = [await world.client.request(method, group.path + path, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [204, 204], path


async def test_a_group_is_never_without_an_admin(world: World) -> None:
    group = await found(world)
    demoted = await group.ask("PUT", f"/members/{group.alice.id}", group.alice, {"role": "member"})
    assert_problem(demoted, 409, "conflict")

    assert (await group.ask("POST", "/leave", group.alice)).status_code == 204

    assert roles(await world.get(group.path, group.bob)) == {group.bob.id: "admin"}
    (event,) = await group.events(group.bob)
    assert event == {"type": "left", "by": group.alice.id, "user": group.alice.id, "successor": group.bob.id}
    assert (await group.ask("POST", "/leave", group.bob)).status_code == 204
    assert_problem(await group.say(group.bob, "anybody?"), 403, "not_a_member")


async def test_a_deleted_group_is_no_more(world: World) -> None:
    group = await found(world, password=PASSWORD)
    await group.say(group.bob, "hello")

    assert (await group.ask("DELETE", "", group.alice)).status_code == 204

    for person in (group.alice, group.bob):
        assert_problem(await group.say(person, "hello?"), 410, "conversation_ended")
        assert_problem(await world.get(f"{group.path}/messages", person), 410, "conversation_ended")
        assert (await world.get("/api/conversations", person)).json()["conversations"] == []
    assert_problem(await group.ask("POST", "/join", group.carol, {"password": PASSWORD}), 404, "not_found")


async def test_who_is_blocked_cannot_reach_the_one_who_blocked_him(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    path = f"/api/users/{bob.id}/block"

    async def block(method: str, person: Person, where: str = path) -> httpx.Response:
        return await world.client.request(method, where, headers=person.headers)

    assert (await block("PUT", alice)).status_code == 204
    begin = {"kind": "direct", "with": alice.id}
    assert_problem(await world.post("/api/conversations", bob, begin), 403, "forbidden")
    assert (await world.get("/api/conversations", bob)).json()["conversations"] == []
    invite = {"kind": "group", "name": "Trap", "members": [carol.id, alice.id]}
    assert_problem(await world.post("/api/conversations", bob, invite), 403, "forbidden")
    trap = (await world.post("/api/conversations", bob, {**invite, "members": [carol.id]})).json()["id"]
    added = await world.post(f"/api/conversations/{trap}/members", bob, {"user": alice.id})
    assert_problem(added, 403, "forbidden")
    (mine,) = (await world.get("/api/conversations", alice)).json()["conversations"]
    assert mine["blocked"] is True
    assert_problem(await world.say(bob, mine["id"], "hello"), 403, "forbidden")

    assert (await block("DELETE", alice)).status_code == 204
    assert (await world.post("/api/conversations", bob, begin)).status_code == 200
    assert (await world.say(bob, mine["id"], "hello")).status_code == 201
    assert_problem(await block("PUT", bob, f"/api/users/{bob.id}/block"), 400, "invalid_frame")
    assert_problem(await block("PUT", bob, f"/api/users/u_{'0' * 26}/block"), 404, "not_found")
