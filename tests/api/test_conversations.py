"""Conversations and messages over HTTP, through Kafka and back."""

import asyncio

from bus.ports import Partition
from schemas.headers import TRACEPARENT, header
from schemas.topics import user_topic
from tests.api.world import World, assert_problem, running


async def test_a_direct_conversation_is_made_once_and_found_after(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")

    made = await world.post("/api/conversations", alice, {"kind": "direct", "with": bob.id})
    assert made.status_code == 201, made.text
    conversation = made.json()
    assert {member["user"] for member in conversation["members"]} == {alice.id, bob.id}
    assert (conversation["kind"], conversation["seq"], conversation["messages"]) == ("direct", 0, [])
    assert made.headers["location"] == f"/api/conversations/{conversation['id']}"
    for number in range(12):
        assert (await world.say(alice, conversation["id"], f"text {number}")).status_code == 201

    found = await world.post("/api/conversations", bob, {"kind": "direct", "with": alice.id})
    assert found.status_code == 200
    assert found.json()["id"] == conversation["id"]
    assert [message["seq"] for message in found.json()["messages"]] == list(range(3, 13))
    assert found.json()["more"] is True


async def test_a_group_has_its_founder_as_admin(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    body = {"kind": "group", "name": "Friends", "description": "of ours", "members": [bob.id, alice.id, bob.id]}

    made = await world.post("/api/conversations", alice, body)

    assert made.status_code == 201, made.text
    group = made.json()
    assert {member["user"]: member["role"] for member in group["members"]} == {alice.id: "admin", bob.id: "member"}
    assert (group["name"], group["description"], group["member_count"]) == ("Friends", "of ours", 2)
    assert_problem(await world.get(f"/api/conversations/{group['id']}", carol), 404, "not_found")


async def test_the_same_key_founds_one_group(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    body = {"kind": "group", "name": "Friends", "members": [bob.id]}

    first = await world.post("/api/conversations", alice, body, key="found-it")
    again = await world.post("/api/conversations", alice, body, key="found-it")
    other = await world.post("/api/conversations", bob, body, key="found-it")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 201)
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert first.headers["idempotency-key"] == "found-it"


async def test_a_message_is_stored_and_answered_whole(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)

    sent = await world.say(alice, conversation, "hello", key="m1")

    assert sent.status_code == 201, sent.text
    message = sent.json()
    assert (message["seq"], message["rev"], message["text"], message["client_id"]) == (1, 1, "hello", "m1")
    assert (message["sender"], message["conversation"], message["kind"]) == (alice.id, conversation, "text")
    assert message["sent_at"].endswith("Z")
    assert sent.headers["location"] == f"/api/messages/{conversation}.1"
    one = await world.get(sent.headers["location"], bob)
    assert one.json() == message


async def test_a_repeated_key_is_stored_once_and_answered_the_same(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)

    answers = [await world.say(alice, conversation, text, key="once") for text in ("hello", "hello", "other words")]
    answers += await asyncio.gather(*(world.say(alice, conversation, "hello", key="once") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json() for answer in answers] == [answers[0].json()] * len(answers)
    page = (await world.get(f"/api/conversations/{conversation}/messages", alice)).json()
    assert [message["text"] for message in page["messages"]] == ["hello"]


async def test_a_key_is_made_up_where_there_is_none(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)

    first, second = await world.say(alice, conversation, "hello"), await world.say(alice, conversation, "hello")

    assert first.headers["idempotency-key"] == first.json()["client_id"] != second.json()["client_id"]
    assert (first.json()["seq"], second.json()["seq"]) == (1, 2)


async def test_what_is_not_decided_in_time_is_answered_202_and_stored_later() -> None:
    async with running(wait_seconds=0.05) as world:
        alice, bob = await world.register("alice"), await world.register("bob")
        conversation = await world.direct(alice, bob)
        await world.pipeline.hold()

        pending = await world.say(alice, conversation, "hello", key="late")

        assert pending.status_code == 202
        assert pending.json() == {"client_id": "late", "conversation": conversation}
        world.pipeline.release()
        while (stored := await world.say(alice, conversation, "hello", key="late")).status_code == 202:
            pass
        assert (stored.status_code, stored.json()["seq"]) == (201, 1)


async def test_a_conversation_that_is_not_made_in_time_names_itself() -> None:
    async with running(wait_seconds=0.05) as world:
        alice, bob = await world.register("alice"), await world.register("bob")
        await world.pipeline.hold()

        pending = await world.post("/api/conversations", alice, {"kind": "direct", "with": bob.id}, key="late")
        assert (pending.status_code, pending.json()["client_id"]) == (202, "late")

        world.pipeline.release()
        path = f"/api/conversations/{pending.json()['conversation']}"
        while (made := await world.get(path, bob)).status_code == 404:
            pass
        assert made.json()["id"] == pending.json()["conversation"]


async def test_history_is_read_before_after_and_around(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    for number in range(1, 11):
        await world.say(alice, conversation, f"text {number}")

    async def read(query: str) -> tuple[list[int], bool]:
        answer = await world.get(f"/api/conversations/{conversation}/messages?{query}", bob)
        assert answer.status_code == 200, answer.text
        return [message["seq"] for message in answer.json()["messages"]], answer.json()["more"]

    assert await read("") == (list(range(1, 11)), False)
    assert await read("limit=3") == ([8, 9, 10], True)
    assert await read("before=4&limit=2") == ([2, 3], True)
    assert await read("before=3") == ([1, 2], False)
    assert await read("after=7&limit=2") == ([8, 9], True)
    assert await read("after=0&limit=10") == (list(range(1, 11)), False)
    around, more = await read("around=5&limit=3")
    assert (around, more) == ([4, 5, 6], True)
    assert await read("before=1") == ([], False)
    assert await read("after=10") == ([], False)
    assert await read("before=99&limit=1") == ([10], True)
    assert await read("around=1&limit=3") == ([1, 2], True)
    assert await read("around=10&limit=3") == ([9, 10], True)
    assert await read("around=99&limit=3") == ([9, 10], True)


async def test_ones_conversations_are_listed_newest_change_first_in_pages(world: World) -> None:
    alice = await world.register("alice")
    others = [await world.register(f"other{number}") for number in range(5)]
    conversations = [await world.direct(alice, other) for other in others]
    await world.say(others[0], conversations[0], "the newest")

    listed: list[str] = []
    path = "/api/conversations?limit=2"
    while path:
        page = (await world.get(path, alice)).json()
        listed += [found["id"] for found in page["conversations"]]
        path = f"/api/conversations?limit=2&cursor={page['next']}" if page["next"] else ""

    assert listed == [conversations[0], *reversed(conversations[1:])]
    first = (await world.get("/api/conversations?limit=1", alice)).json()["conversations"][0]
    assert (first["last_message"]["text"], first["unread"]) == ("the newest", 1)
    assert_problem(await world.get("/api/conversations?cursor=nonsense", alice), 400, "invalid_frame")


async def test_the_callers_trace_goes_along_to_kafka(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    trace = "0af7651916cd43dd8448eb211c80319c"

    await world.client.post(
        f"/api/conversations/{conversation}/messages",
        json={"text": "hello"},
        headers=alice.headers | {"traceparent": f"00-{trace}-b7ad6b7169203331-01"},
    )

    log = world.cluster.log(Partition(user_topic(alice.id, 1)))
    assert log is not None
    _, found, span, flags = (header(log.records[-1].headers, TRACEPARENT) or "").split("-")
    assert (found, flags) == (trace, "01")
    assert span != "b7ad6b7169203331"
