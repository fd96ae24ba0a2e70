"""Muting and marking over HTTP, and the word of it to one's other devices."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from bus.errors import Unavailable
from bus.ports import Partition
from schemas.messages import Summary
from schemas.times import rfc3339
from schemas.topics import edge_topic, edge_topic_spec
from store.memory import MemoryStore, Step
from store.ports import Session
from tests.api.world import Person, World, assert_problem

EDGE = edge_topic("edge-1", "abc")


async def connect(world: World, person: Person, session: str) -> None:
    """A socket somewhere else."""
    if EDGE not in world.cluster.topics():
        world.cluster.create([edge_topic_spec(EDGE)])
    await world.store.sessions.register([Session(session, person.id, session, "l", EDGE, "abc", world.clock())])


def pushed(world: World) -> list[tuple[set[str], dict[str, object]]]:
    """The `conversation` frames that went to sockets since the last message, with whom they are for."""
    log = world.cluster.log(Partition(EDGE))
    assert log is not None
    found = [one for record in log.records for one in orjson.loads(record.value or b"")["deliveries"]]
    return [(set(one["to"]), one["frame"]) for one in found if one["frame"]["type"] == "conversation"]


async def put(world: World, person: Person, path: str, body: object = None, method: str = "PUT") -> Summary:
    answer = await world.client.request(method, path, json=body, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return Summary.model_validate_json(answer.content)


async def test_it_is_noted_and_told_to_ones_own_devices(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    for person, session in ((alice, "s_one"), (alice, "s_two"), (bob, "s_bob")):
        await connect(world, person, session)
    path = f"/api/conversations/{conversation}"
    until = world.clock() + timedelta(hours=8)

    assert (await put(world, alice, f"{path}/mute")).muted
    muted = await put(world, alice, f"{path}/mute", {"until": rfc3339(until)})
    assert (muted.muted, rfc3339(muted.muted_until or world.clock())) == (True, rfc3339(until))
    assert (await put(world, alice, f"{path}/unread")).marked_unread
    marked = (await world.get("/api/conversations", alice)).json()["conversations"][0]
    assert (marked["muted"], marked["marked_unread"], marked["muted_until"]) == (True, True, rfc3339(until))
    assert not (await put(world, alice, f"{path}/mute", method="DELETE")).muted
    assert not (await put(world, alice, f"{path}/unread", method="DELETE")).marked_unread

    frames = pushed(world)
    assert [to for to, _ in frames] == [{"s_one", "s_two"}] * 5
    assert [(frame["muted"], frame["marked_unread"]) for _, frame in frames] == [
        (True, False),
        (True, False),
        (True, True),
        (False, True),
        (False, False),
    ]
    assert {frame["id"] for _, frame in frames} == {conversation}


async def test_a_message_that_comes_between_has_it_told_again(world: World) -> None:
    """A socket that knows the message would drop the summary that does not."""
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    await connect(world, alice, "s_one")
    said: list[int] = []

    async def between(step: Step) -> None:
        if step == Step("sessions.of", "before") and len(said) < 2:
            said.append((await world.say(bob, conversation, "hello")).json()["seq"])

    world.api.app.state.services.chat_list._store = MemoryStore(world.database, between)
    await put(world, alice, f"/api/conversations/{conversation}/mute")
    assert [(frame["rev"], frame["muted"]) for _, frame in pushed(world)][-1] == (len(said), True)


async def test_where_the_word_fails_it_may_be_asked_for_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    await connect(world, alice, "s_one")
    path = f"/api/conversations/{conversation}/mute"

    async def fail(*args: object) -> None:
        await asyncio.sleep(0)
        raise Unavailable("on purpose")

    with monkeypatch.context() as broken:
        broken.setattr(world.api.app.state.services.chat_list._producer, "enqueue", fail)
        assert_problem(await world.client.put(path, headers=alice.headers), 503, "unavailable")
    assert (await put(world, alice, path)).muted
    assert len(pushed(world)) == 1


@pytest.mark.parametrize("body", [{"until": "2020-01-01T00:00:00Z"}, {"until": "tomorrow"}, {"until": 5.5e30}, []])
async def test_a_time_that_cannot_be(world: World, body: object) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    path = f"/api/conversations/{await world.direct(alice, bob)}/mute"
    assert_problem(await world.client.put(path, json=body, headers=alice.headers), 400, "invalid_frame")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("what", ["mute", "unread"])
async def test_only_in_conversations_of_ones_own(world: World, method: str, what: str) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    theirs = f"/api/conversations/{await world.direct(alice, bob)}/{what}"
    missing = f"/api/conversations/c_{'0' * 26}/{what}"
    answers = [await world.client.request(method, path, headers=carol.headers) for path in (theirs, missing)]
    assert_problem(answers[0], 404, "not_found")
    assert answers[0].content == answers[1].content
    assert_problem(await world.client.request(method, theirs), 401, "unauthenticated")
