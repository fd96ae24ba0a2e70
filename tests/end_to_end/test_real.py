"""What people do in conversations, all the way: from sockets and requests through Kafka, router, writer and MongoDB to
the devices of everybody concerned, on two edges, one of them coming back with cursors. At the end of each test every
consumer reads the whole log again, and nothing comes of it."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from consumers.session_expiry.erasures import Eraser
from tests.api.world import PASSWORD as ACCOUNT_PASSWORD
from tests.api.world import Person, assert_problem
from tests.end_to_end.device import Device
from tests.end_to_end.stack import Stack, running

PASSWORD = "open sesame"


@pytest.fixture
async def stack(kafka_bootstrap: str, mongo_url: str, database_name: str, unique: str) -> AsyncIterator[Stack]:
    async with running(kafka_bootstrap, mongo_url, database_name, unique) as found:
        yield found


async def direct(stack: Stack, one: Person, other: Person) -> str:
    return str((await stack.done(one, "POST", "/conversations", {"kind": "direct", "with": other.id}))["id"])


async def say(stack: Stack, person: Person, conversation: str, text: str) -> int:
    said = await stack.done(person, "POST", f"/conversations/{conversation}/messages", {"text": text})
    return int(said["seq"])


def refused(frame: dict[str, Any]) -> str | None:
    return frame["error"]["code"] if frame["type"] == "rejected" else None


async def test_messages_are_changed(stack: Stack) -> None:
    alice, bob = await stack.people("alice", "bob")
    conversation = await direct(stack, alice, bob)
    of_alice = await stack.device(alice, "phone", edge=1)
    phone, laptop = await stack.device(bob, "phone", edge=1), await stack.device(bob, "laptop", edge=2)
    tablet = await stack.device(bob, "tablet", edge=2)
    here = {"conversation": conversation}

    assert (await of_alice.done("message", "m1", **here, text="one wurd"))["seq"] == 1
    await of_alice.done("message", "m2", **here, text="two", reply_to=1, mentions=[bob.id])
    await tablet.told("message", seq=2)
    cursors = tablet.cursors(conversation)
    await stack.leave(tablet)

    assert refused(await of_alice.done("edit", "e1", **here, seq=1, text="one word")) is None
    assert refused(await phone.done("react", "r1", **here, seq=1, emoji="👍", on=True)) is None
    assert refused(await phone.done("edit", "e2", **here, seq=1, text="mine")) == "forbidden"
    assert refused(await of_alice.done("delete", "d1", **here, seq=2)) is None
    third = await say(stack, alice, conversation, "three wurds")
    await stack.done(alice, "PUT", f"/messages/{conversation}.{third}", {"text": "three words"})
    await stack.done(bob, "PUT", f"/messages/{conversation}.{third}/reactions/🎉")
    await stack.done(bob, "DELETE", f"/messages/{conversation}.1/reactions/👍")
    fourth = await say(stack, bob, conversation, "four")
    assert_problem(await stack.call(alice, "DELETE", f"/messages/{conversation}.{fourth}"), 403, "forbidden")
    await stack.done(bob, "DELETE", f"/messages/{conversation}.{fourth}")

    returned = await stack.device(bob, "tablet", edge=1, cursors=cursors)
    await stack.settled()
    for device in (of_alice, phone, laptop):
        assert device.revs(conversation) == list(range(1, 12))
        assert device.messages(conversation) == of_alice.messages(conversation)
    assert_changed(phone, conversation, bob)
    (changes,) = returned.all("changes")
    assert (changes["from"], changes["to"], changes["more"]) == (2, 11, False)
    assert returned.messages(conversation) == {
        seq: {name: value for name, value in one.items() if name != "type"}
        for seq, one in phone.messages(conversation).items()
    }

    await is_found(stack, alice, {"word": ["three words", "one word"], "wurd": [], "four": [], "two": []})
    (listed,) = (await stack.done(bob, "GET", "/conversations"))["conversations"]
    assert (listed["last_message"]["seq"], listed["rev"], listed["unread"]) == (4, 11, 2)
    for where, seqs in (("before=3", [1, 2]), ("after=2", [3, 4]), ("around=3&limit=1", [3])):
        page = await stack.done(bob, "GET", f"/conversations/{conversation}/messages?{where}")
        assert [one["seq"] for one in page["messages"]] == seqs
    await stack.replay()


def assert_changed(device: Device, conversation: str, bob: Person) -> None:
    first, second, third, fourth = device.messages(conversation).values()
    assert (first["text"], first["reactions"]) == ("one word", {})
    assert first["edited_at"] > first["sent_at"]
    assert (second["text"], second["mentions"], "deleted_at" in second) == (None, [], True)
    assert (third["text"], third["reactions"]) == ("three words", {"🎉": [bob.id]})
    assert (fourth["text"], "deleted_at" in fourth) == (None, True)
    assert [one["mentions"] for one in device.all("message", seq=2)] == [[bob.id], []]
    assert device.all("message", seq=2)[0]["reply_to"] == 1


async def is_found(stack: Stack, person: Person, expected: dict[str, list[str]]) -> None:
    """The index follows behind; what is deleted or changed is respected at once."""
    while True:
        found = {query: await texts_found(stack, person, query) for query in expected}
        if found == expected:
            return
        assert all(set(found[query]) <= set(expected[query]) for query in expected), found
        await asyncio.sleep(0.05)


async def texts_found(stack: Stack, person: Person, query: str) -> list[str]:
    page = await stack.done(person, "GET", f"/search?q={query}")
    return [hit["message"]["text"] for hit in page["hits"]]


async def test_groups_come_change_and_end(stack: Stack) -> None:
    alice, bob, carol, dave = await stack.people("alice", "bob", "carol", "dave")
    of_alice, of_bob = await stack.device(alice, "phone", edge=1), await stack.device(bob, "phone", edge=2)
    of_carol, of_dave = await stack.device(carol, "phone", edge=1), await stack.device(dave, "phone", edge=2)
    founded = {"kind": "group", "name": "Frends", "members": [bob.id], "password": PASSWORD}
    group = str((await stack.done(alice, "POST", "/conversations", founded))["id"])
    path, here = f"/conversations/{group}", {"conversation": group}
    await of_bob.told("conversation", id=group)
    await of_bob.done("message", "b1", **here, text="hello")

    wrong = await stack.call(carol, "POST", f"{path}/join", {"password": "a guess"})
    assert_problem(wrong, 403, "wrong_password")
    joined = await stack.done(carol, "POST", f"{path}/join", {"password": PASSWORD})
    assert [one["text"] for one in joined["messages"]] == ["hello", None]
    await of_carol.told("conversation", id=group)
    assert refused(await of_carol.done("message", "c1", **here, text="here I am")) is None
    await stack.done(alice, "POST", f"{path}/members", {"user": dave.id})
    assert refused(await of_dave.done("message", "d1", **here, text="me too")) is None
    assert_problem(await stack.call(bob, "DELETE", f"{path}/members/{dave.id}"), 403, "forbidden")

    await stack.done(alice, "DELETE", f"{path}/members/{carol.id}")
    gone = await of_carol.told("gone", conversation=group)
    assert gone["reason"] == "removed"
    assert refused(await of_carol.done("message", "c2", **here, text="still here?")) == "not_a_member"
    assert_problem(await stack.call(carol, "POST", f"{path}/messages", {"text": "?"}), 403, "not_a_member")
    assert_problem(await stack.call(carol, "POST", f"{path}/join", {"password": PASSWORD}), 403, "not_a_member")
    until_then = of_carol.revs(group)

    await stack.done(alice, "PUT", f"{path}/members/{bob.id}", {"role": "admin"})
    await stack.done(bob, "PUT", path, {"name": "Friends"})
    assert (await of_dave.told("conversation", id=group, name="Friends"))["member_count"] == 3
    assert refused(await of_bob.done("message", "b2", **here, text="without her")) is None
    await stack.done(alice, "POST", f"{path}/leave")
    assert (await of_alice.told("gone", conversation=group))["reason"] == "left"
    await stack.done(bob, "POST", f"{path}/leave")
    await of_dave.told("conversation", id=group, member_count=1)
    await stack.settled()

    assert of_carol.revs(group) == until_then == list(range(2, 7))
    # Who joined was shown all that was said before; pushed to him was what came from then on.
    assert of_dave.revs(group) == list(range(4, 12))
    assert [told(one) for one in of_dave.messages(group).values()] == [
        ("added", dave.id, None),
        "me too",
        ("removed", carol.id, None),
        ("role", bob.id, None),
        ("changed", None, None),
        "without her",
        ("left", alice.id, None),
        ("left", bob.id, dave.id),
    ]
    assert (await stack.done(dave, "GET", path))["members"][0]["role"] == "admin"
    history = (await stack.done(dave, "GET", f"{path}/messages"))["messages"]
    assert [one["seq"] for one in history] == list(range(1, 12))
    await stack.replay()

    await stack.done(dave, "DELETE", path)
    assert (await of_dave.told("gone", conversation=group))["reason"] == "deleted"
    assert refused(await of_dave.done("message", "d9", **here, text="?")) == "conversation_ended"
    assert_problem(await stack.call(dave, "GET", path), 410, "conversation_ended")
    assert_problem(await stack.call(carol, "GET", path), 403, "not_a_member")
    await stack.replay()


def told(message: dict[str, Any]) -> Any:
    """A message's text, or what happened, to whom, and who took his place."""
    event = message.get("event")
    return message["text"] if event is None else (event["type"], event.get("user"), event.get("successor"))


async def test_who_erases_his_account_leaves_his_groups(stack: Stack) -> None:
    alice, bob = await stack.people("alice", "bob")
    founded = {"kind": "group", "name": "Friends", "members": [bob.id]}
    group = str((await stack.done(alice, "POST", "/conversations", founded))["id"])
    phone, laptop = await stack.device(bob, "phone", edge=1), await stack.device(bob, "laptop", edge=2)
    await stack.done(alice, "DELETE", f"/users/{alice.id}", {"password": ACCOUNT_PASSWORD})
    admin, producer = stack.bus.admin(), stack.bus.producer()
    await Eraser(stack.store, producer, admin, Random()).sweep()
    for device in (phone, laptop):
        left = await device.told("message", conversation=group)
        assert told(left) == ("left", alice.id, bob.id)
    (listed,) = (await stack.done(bob, "GET", "/conversations"))["conversations"]
    assert [(member["user"], member["role"]) for member in listed["members"]] == [(bob.id, "admin")]
    await stack.settled()
    assert phone.doubled() == laptop.doubled() == []


async def test_who_is_blocked_does_not_get_through(stack: Stack) -> None:
    alice, bob = await stack.people("alice", "bob")
    conversation = await direct(stack, alice, bob)
    here = {"conversation": conversation}
    of_alice, of_bob = await stack.device(alice, "phone", edge=1), await stack.device(bob, "phone", edge=2)
    laptop = await stack.device(alice, "laptop", edge=2)
    assert refused(await of_bob.done("message", "b1", **here, text="hello")) is None

    await stack.done(alice, "PUT", f"/users/{bob.id}/block")
    for device in (of_alice, laptop):
        await device.told("conversation", id=conversation, blocked=True)
    assert refused(await of_bob.done("message", "b2", **here, text="hello?")) == "forbidden"
    assert refused(await of_alice.done("message", "a1", **here, text="go away")) == "forbidden"
    assert refused(await of_bob.done("react", "b3", **here, seq=1, emoji="👍", on=True)) == "forbidden"
    adding = {"kind": "group", "name": "come in", "members": [alice.id]}
    assert_problem(await stack.call(bob, "POST", "/conversations", adding), 403, "forbidden")
    assert refused(await of_bob.done("delete", "b4", **here, seq=1)) is None

    await stack.done(alice, "DELETE", f"/users/{bob.id}/block")
    for device in (of_alice, laptop):
        await device.told("conversation", id=conversation, blocked=False, seq=1)
    assert refused(await of_bob.done("message", "b2", **here, text="hello?")) == "forbidden", "once and for all"
    assert refused(await of_bob.done("message", "b5", **here, text="thank you")) is None
    await of_alice.told("message", **here, text="thank you")
    await stack.settled()
    assert of_alice.texts(conversation) == laptop.texts(conversation) == [None, "thank you"]
    assert of_bob.all("conversation", blocked=True) == [], "he is not told"
    await stack.replay()


async def test_the_list_is_the_same_on_all_devices(stack: Stack) -> None:
    alice, bob = await stack.people("alice", "bob")
    conversation = await direct(stack, alice, bob)
    phone, laptop = await stack.device(bob, "phone", edge=1), await stack.device(bob, "laptop", edge=2)
    await say(stack, alice, conversation, "hello")
    assert await direct(stack, bob, alice) == conversation, "two people have one"
    path = f"/conversations/{conversation}"
    for method, what, shown in (
        ("PUT", "mute", {"muted": True, "unread": 1}),
        ("PUT", "unread", {"muted": True, "marked_unread": True}),
        ("DELETE", "mute", {"muted": False, "marked_unread": True}),
        ("DELETE", "unread", {"muted": False, "marked_unread": False, "unread": 1}),
    ):
        await stack.done(bob, method, f"{path}/{what}", {} if method == "PUT" and what == "mute" else None)
        for device in (phone, laptop):
            await device.told("conversation", id=conversation, **shown)
        (listed,) = (await stack.done(bob, "GET", "/conversations"))["conversations"]
        assert listed.items() >= shown.items()
        assert (listed["last_message"]["text"], [one["user"] for one in listed["members"]]) == (
            "hello",
            sorted([alice.id, bob.id]),
        )
    await stack.replay()


async def test_what_was_got_and_read_is_told_to_who_said_it(stack: Stack) -> None:
    alice, bob, carol = await stack.people("alice", "bob", "carol")
    of_alice, phone = await stack.device(alice, "phone", edge=1), await stack.device(bob, "phone", edge=2)
    laptop, of_carol = await stack.device(bob, "laptop", edge=1), await stack.device(carol, "phone", edge=2)
    founded = {"kind": "group", "name": "Friends", "members": [bob.id, carol.id]}
    group = str((await stack.done(alice, "POST", "/conversations", founded))["id"])
    here = {"conversation": group}
    await stack.done(carol, "PUT", f"/users/{carol.id}/preferences", {"read_receipts": False})
    for number in range(1, 4):
        await of_alice.done("message", f"m{number}", **here, text=f"message {number}")
    await phone.told("message", **here, seq=3)

    await phone.send("delivered", **here, seq=3)
    await of_alice.told("receipt", **here, user=bob.id, delivered=3, read=0)
    await of_carol.send("read", **here, seq=3)
    await phone.send("read", **here, seq=2)
    for device in (of_alice, laptop):
        await device.told("receipt", **here, user=bob.id, delivered=3, read=2)
    await stack.done(bob, "PUT", f"/messages/{group}.3/read")
    await of_alice.told("receipt", **here, user=bob.id, delivered=3, read=3)
    await phone.send("read", **here, seq=1)
    await stack.settled()

    statuses = (await stack.done(alice, "GET", f"/messages/{group}.3/receipts"))["receipts"]
    assert {one["user"]: one["status"] for one in statuses} == {bob.id: "read", carol.id: "sent"}
    assert of_alice.all("receipt", user=carol.id) == []
    (listed,) = (await stack.done(bob, "GET", "/conversations"))["conversations"]
    assert listed["unread"] == 0
    (own,) = (await stack.done(alice, "GET", "/conversations"))["conversations"]
    assert own["last_message_status"] == "sent"
    await stack.replay()
    for seq in ("delivered", "read"):
        heard = [one[seq] for one in of_alice.all("receipt", user=bob.id)]
        assert heard == sorted(heard), "receipts only grow"
