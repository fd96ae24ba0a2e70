"""One message through every hop."""

import asyncio
from itertools import pairwise
from random import Random

import pytest

from bus.ports import Outgoing, Partition, Record
from consumers.router.router import Router, RouterConfig
from schemas.headers import REPLY_TO, SCHEMA
from schemas.ids import message_id
from schemas.topics import CONVERSATIONS, EVENTS, SHARDED_USERS, Layout, fixed_topics, user_topic
from tests.consumers.world import World, running
from tests.inspect.stage import EDGE, SESSIONS, TRACE, Answer, Look, handling, played, submitting, waiting
from tests.making import ALICE, BOB, CAROL, conversation_id, create, send

MESSAGE = message_id(conversation_id(), 2)
SECRET = "the treasure is under the oak"


def spoken() -> World:
    sends = [send("m1", text="one"), send("m2", text=SECRET), send("m2", BOB, text="another's m2")]
    return played(submitting(create(), *sends), handling)


def hops(answer: Answer) -> list[str]:
    return [hop["hop"] for hop in answer.object["hops"]]


def test_every_hop_with_its_place_and_time(look: Look) -> None:
    world = spoken()

    command, forwarded, stored, event, answer, push = look(world)("trace", MESSAGE, "--json").object["hops"]

    (sent,) = [record for record in world.records(user_topic(ALICE, 1)) if b'"m2"' in (record.value or b"")]
    assert (command["hop"], command["topic"], command["partition"], command["offset"]) == ("command", *place(sent))
    assert command["reply_to"] == f"{EDGE}/{SESSIONS[ALICE]}"
    assert forwarded["topic"] == CONVERSATIONS
    assert forwarded["origin"] == f"{sent.topic}/{sent.partition}/{sent.offset}"
    assert (stored["hop"], stored["seq"], stored["rev"], stored["sent_at"]) == ("stored", 2, 2, command["time"])
    assert (event["topic"], event["type"], event["seq"]) == (EVENTS, "message_stored", 2)
    assert (answer["hop"], answer["frame"], answer["seq"]) == ("answer", "stored", 2)
    assert answer["to"] == [f"{SESSIONS[ALICE]} ({ALICE})"]
    assert (push["hop"], push["frame"], push["topic"]) == ("push", "message", EDGE)
    assert sorted(push["to"]) == [f"{session} ({user})" for user, session in SESSIONS.items()]
    assert {hop["traceparent"] for hop in (command, forwarded, event, answer, push)} == {TRACE}


def place(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def test_differences_between_hops_add_up(look: Look) -> None:
    hops = [hop for hop in look(spoken())("trace", MESSAGE, "--json").object["hops"] if "time" in hop]

    assert hops[0]["since_first_ms"] == hops[0]["since_previous_ms"] == 0
    for before, after in pairwise(hops):
        assert after["since_previous_ms"] == after["since_first_ms"] - before["since_first_ms"]
    assert hops[-1]["since_first_ms"] > 0


def test_as_a_table_without_what_was_said(look: Look) -> None:
    table = look(spoken())("trace", MESSAGE).out

    words = [line.split()[0] for line in table.splitlines() if line.strip()]
    steps = ["command", "conversations", "stored", "event", "answer", "push"]
    assert [word for word in words if word in steps] == steps
    assert SECRET not in table


def test_a_retry_is_shown_as_a_repeat(look: Look) -> None:
    world = played(submitting(create(), send("m1"), send("m1")), handling)

    found = look(world)("trace", message_id(conversation_id(), 1), "--json").object["hops"]

    commands = [hop for hop in found if hop["hop"] in {"command", "conversations"}]
    assert [hop.get("repeat", False) for hop in commands] == [False, True, False, True]
    assert [hop["frame"] for hop in found if hop["hop"] == "answer"] == ["stored", "stored"]


def test_a_rejected_command(look: Look) -> None:
    async def carol(world: World) -> None:
        await world.user(CAROL)

    world = played(submitting(create()), carol, submitting(send("m1", CAROL)), handling)

    answer = look(world)("trace", "--command", conversation_id(), CAROL, "m1", "--json")

    assert hops(answer) == ["command", "conversations", "rejected", "answer"]
    assert answer.object["hops"][2]["error"] == "not_found"
    assert answer.object["hops"][3]["code"] == "not_found"


def test_a_created_conversation(look: Look) -> None:
    world = spoken()

    answer = look(world)("trace", "--command", conversation_id(), ALICE, "create", "--json")

    assert hops(answer) == ["command", "conversations", "stored", "event", "push", "push", "answer"]
    assert [hop.get("frame") for hop in answer.object["hops"][4:]] == ["conversation", "conversation", "stored"]


def test_a_command_that_waits_for_the_router(look: Look) -> None:
    world = played(submitting(create()), handling, submitting(send("m1")))

    answer = look(world)("trace", "--command", conversation_id(), ALICE, "m1", "--json")

    command, forwarded, stored = answer.object["hops"]
    assert command["topic"] == user_topic(ALICE, 1)
    assert forwarded == {"hop": "conversations", "missing": "not there (yet)"}
    assert stored == {"hop": "stored", "missing": "not decided (yet)"}


def test_a_command_in_the_dead_letters(look: Look) -> None:
    async def from_the_future(world: World) -> None:
        await world.submit(send("m1"), ((SCHEMA, b"command/2"), (REPLY_TO, f"{EDGE}/{SESSIONS[ALICE]}".encode())))

    world = played(submitting(create()), from_the_future, handling)

    found = look(world)("trace", "--command", conversation_id(), ALICE, "m1", "--json").object["hops"]

    assert [hop["hop"] for hop in found] == ["command", "conversations", "stored", "dead letter"]
    assert (found[2]["missing"], found[3]["code"]) == ("not decided (yet)", "unsupported_version")


def test_hops_that_retention_has_taken_say_so(look: Look) -> None:
    world = spoken()
    (partition,) = {record.partition for record in world.records(CONVERSATIONS)}
    for topic, number in ((user_topic(ALICE, 1), 0), (CONVERSATIONS, partition), (EVENTS, partition), (EDGE, 0)):
        world.cluster.truncate(Partition(topic, number), 10**6)

    told = look(world)("trace", MESSAGE, "--json").object["hops"]

    missing = {hop["hop"]: hop.get("missing", "") for hop in told}
    assert list(missing) == ["command", "conversations", "stored", "event", "push"]
    assert all("retention has taken it" in text for hop, text in missing.items() if hop != "stored")
    assert told[2]["seq"] == 2


def test_topics_that_are_no_more_say_so(look: Look) -> None:
    world = spoken()
    world.cluster.delete([user_topic(ALICE, 1), EDGE])

    told = {hop["hop"]: hop.get("missing") for hop in look(world)("trace", MESSAGE, "--json").object["hops"]}

    assert told["command"] == "the topic does not exist (any more)"
    assert told["conversations"] is None
    assert told["push"] == "no edge or api process has a topic"


def test_what_lies_beyond_the_bound_says_so(look: Look) -> None:
    world = played(submitting(create(), *(send(f"m{number}") for number in range(30))), waiting(60), handling)
    terminal = look(world)

    near = terminal("trace", message_id(conversation_id(), 20), "--scan", "5", "--json").object["hops"]
    far = terminal("trace", message_id(conversation_id(), 20), "--scan", "50", "--json").object["hops"]

    assert [hop.get("missing") for hop in near[:2]] == [None, "not among the 5 records looked at (--scan: more)"]
    assert [hop.get("missing") for hop in far[:2]] == [None, None]


def test_in_the_sharded_layout(look: Look) -> None:
    async def submit(world: World) -> None:
        world.cluster.create(fixed_topics(Layout.SHARDED))
        for command in (create(), send("m1")):
            headers = ((SCHEMA, b"command/1"), ("conversation", command.conversation.encode()))
            value = command.model_dump_json().encode()
            await world.producer.send(Outgoing(SHARDED_USERS, value, command.sender.encode(), headers))

    async def forward(world: World) -> None:
        router = Router(world.bus, world.store, Random(3), RouterConfig(layout=Layout.SHARDED))
        async with running(router.run()):
            await asyncio.sleep(10)

    terminal = look(played(submit, forward, handling))
    command, forwarded, *_ = terminal("trace", message_id(conversation_id(), 1), "--json").object["hops"]

    assert command["topic"] == SHARDED_USERS
    assert forwarded["origin"] == f"{SHARDED_USERS}/{command['partition']}/{command['offset']}"
    shown = [record for record in terminal("peek", "--user", ALICE).objects if record["topic"] == SHARDED_USERS]
    assert [record["value"]["client_id"] for record in shown] == ["create", "m1"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((message_id(conversation_id(), 99),), 1, f"there is no message {message_id(conversation_id(), 99)}"),
        (("hello",), 1, "'hello' is no message id"),
        (("--command", conversation_id(), ALICE, "m99"), 1, "there is no trace of the command"),
        ((), 2, "name a message, or a --command"),
    ],
)
def test_what_is_unknown_is_said(look: Look, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = look(spoken())("trace", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert said in " ".join(answer.err.split())
    if code == 1:
        assert len(answer.err.splitlines()) == 1
