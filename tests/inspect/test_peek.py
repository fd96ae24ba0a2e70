"""Records as operators see them."""

import asyncio
import json
from datetime import timedelta

import pytest

from bus.memory import MemoryBus
from domain.identity import User
from parley.inspect import peek as peeking
from parley.inspect.peek import Query, follow, peek
from schemas.times import rfc3339
from schemas.topics import CONVERSATIONS, EVENTS, user_topic, user_topic_spec
from tests.consumers.world import World, in_world
from tests.inspect.stage import EDGE, TRACE, Look, handling, played, submitting, waiting
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id, create, send

SECRET = 'say "friend" and enter'


def spoken(*texts: str) -> World:
    sends = [send(f"m{number}", text=text) for number, text in enumerate(texts, start=1)]
    return played(submitting(create(), *sends), handling)


def test_a_record_is_one_line_with_everything_but_the_text(look: Look) -> None:
    answer = look(spoken(SECRET))("peek", "--topic", user_topic(ALICE, 1), "--limit", "1")

    record = answer.object
    assert (record["topic"], record["partition"], record["offset"]) == (user_topic(ALICE, 1), 0, 2)
    assert record["key"] == conversation_id()
    assert record["headers"]["traceparent"] == TRACE
    assert record["value"]["client_id"] == "m1"
    assert record["value"]["text"] == f"•••({len(SECRET)} chars)"
    assert "friend" not in answer.out


@pytest.mark.parametrize("topic", [CONVERSATIONS, EVENTS, EDGE])
def test_no_topic_shows_text_unasked(look: Look, topic: str) -> None:
    answer = look(spoken(SECRET))("peek", "--topic", topic)

    assert answer.objects
    assert "friend" not in answer.out


def test_bodies_are_shown_when_asked_for_and_that_is_audited(look: Look) -> None:
    terminal = look(spoken(SECRET))

    answer = terminal("peek", "--user", ALICE, "--show-bodies", "--limit", "1")

    assert answer.object["value"]["text"] == SECRET
    (entry,) = terminal.audited()
    assert (entry["who"], entry["what"]) == ("an-operator", "peek")
    assert (entry["at"], entry["asked"]["user"]) == (rfc3339(terminal.world.database.now()), ALICE)
    said = json.loads(answer.err.splitlines()[0])
    assert (said["event"], said["who"]) == ("bodies_shown", "an-operator")
    assert terminal.audit_log.stat().st_mode & 0o777 == 0o600


def test_nothing_is_shown_that_cannot_be_audited(look: Look) -> None:
    terminal = look(spoken(SECRET))
    terminal.audit_log.parent.write_text("in the way")

    answer = terminal("peek", "--user", ALICE, "--show-bodies")

    assert (answer.code, answer.out) == (1, "")
    assert "audited" in answer.err


def test_text_is_looked_for_among_bodies_only(look: Look) -> None:
    terminal = look(spoken("one", SECRET, "three"))

    refused = terminal("peek", "--user", ALICE, "--grep", "friend")
    found = terminal("peek", "--user", ALICE, "--grep", '"friend"', "--show-bodies")

    assert refused.code == 2
    assert "--show-bodies" in refused.err
    assert [record["value"]["text"] for record in found.objects] == [SECRET]
    assert terminal.audited()[0]["asked"]["grep"] == '"friend"'
    assert "friend" not in found.err


def test_by_user_what_he_submitted(look: Look) -> None:
    world = played(submitting(create(), send("m1", ALICE), send("m2", BOB)), handling)

    records = look(world)("peek", "--user", BOB).objects

    assert [record["value"]["type"] for record in records] == ["opened", "message"]
    assert {record["topic"] for record in records} == {user_topic(BOB, 1)}


def test_by_username(look: Look) -> None:
    async def carol(world: World) -> None:
        await world.store.users.create(User(CAROL, "Carol", NOW), "a-hash")
        world.cluster.create([user_topic_spec(user_topic(CAROL, 1))])
        await world.submit(send("m1", CAROL))

    terminal = look(played(carol))

    assert terminal("peek", "--user", "carol").object["topic"] == user_topic(CAROL, 1)
    nobody = terminal("peek", "--user", "nobody")
    assert (nobody.code, nobody.err) == (1, "there is no user nobody\n")


def test_by_conversation_what_became_of_it(look: Look) -> None:
    other = (create("c2", conversation=2), send("m2", conversation=2))
    world = played(submitting(create(), send("m1"), *other), handling)

    records = look(world)("peek", "--conversation", conversation_id(1)).objects

    assert {record["topic"] for record in records} == {CONVERSATIONS, EVENTS}
    assert {record["key"] for record in records} == {conversation_id(1)}
    assert len(records) == 4


def test_an_edges_deliveries_by_conversation(look: Look) -> None:
    other = (create("c2", conversation=2), send("m2", conversation=2))
    world = played(submitting(create(), send("m1")), handling, submitting(*other), handling)

    records = look(world)("peek", "--topic", EDGE, "--conversation", conversation_id(2)).objects

    assert records
    assert all(conversation_id(2) in json.dumps(record) for record in records)
    assert len(records) < len(world.records(EDGE))


def test_by_time(look: Look) -> None:
    world = played(submitting(create()), waiting(3600), submitting(send("m1")), waiting(3600), submitting(send("m2")))
    terminal = look(world)
    between = rfc3339(world.database.now() - timedelta(minutes=30))

    since = terminal("peek", "--user", ALICE, "--since", "90m").objects
    until = terminal("peek", "--user", ALICE, "--since", "90m", "--until", between).objects

    assert [record["value"]["client_id"] for record in since] == ["m1", "m2"]
    assert [record["value"]["client_id"] for record in until] == ["m1"]


def test_the_newest_or_the_first_since(look: Look) -> None:
    terminal = look(spoken(*"abcde"))

    newest = terminal("peek", "--user", ALICE, "--limit", "2").objects
    first = terminal("peek", "--user", ALICE, "--limit", "2", "--since", "1d").objects

    assert [record["offset"] for record in newest] == [5, 6]
    assert [record["offset"] for record in first] == [0, 1]


def test_what_was_too_much_is_said(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peeking, "MAX_SCANNED", 3)

    answer = look(spoken(*"abcde"))("peek", "--user", ALICE)

    assert [record["offset"] for record in answer.objects] == [4, 5, 6]
    assert "4 records were not looked at" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 1, "a topic, a user or a conversation"),
        (("--topic", "no-such"), 1, "there is no topic no-such"),
        (("--user", "u_nobody"), 1, "u_nobody has no topic"),
        (("--topic", EVENTS, "--since", "soon"), 2, "10m, 2h, 5d"),
        (("--topic", EVENTS, "--follow", "--until", "1m"), 2, "--until"),
    ],
)
def test_what_cannot_be_answered_is_said(look: Look, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = look(spoken("a"))("peek", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert said in " ".join(answer.err.split())


def test_an_empty_topic(look: Look) -> None:
    answer = look(played())("peek", "--topic", EVENTS)

    assert (answer.code, answer.out, answer.err) == (0, "", "no such record\n")


@in_world
async def test_following_goes_on_where_the_look_ended(world: World) -> None:
    await world.user(ALICE)
    await world.submit(send("before"))
    query = Query(user=ALICE, conversation=conversation_id())
    looked = await peek(world.bus, query)
    await world.submit(send("between"))
    followed = follow(MemoryBus(world.cluster), query, looked.looked_at)
    first = await anext(followed)
    later = asyncio.ensure_future(anext(followed))
    await asyncio.sleep(60)
    await world.submit(send("after", conversation=2))
    await world.submit(send("last"))

    seen = [*looked.records, first, await later]

    assert [json.loads(record.value or b"")["client_id"] for record in seen] == ["before", "between", "last"]
    await followed.aclose()
