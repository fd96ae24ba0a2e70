"""The edge without its transport: what clients see of it, over a bus and a store in memory."""

import asyncio
from typing import Any

import pytest

from bus.errors import Unavailable
from bus.memory.checkpoint import Step as BusStep
from bus.ports import Partition
from parley.edge import Edge
from producer_gateway.edge.gatekeeping import EdgeLimits
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.session import SessionConfig
from schemas.deliveries import Delivery
from schemas.errors import CloseCode
from schemas.ids import new_user_id
from store.errors import StoreUnavailable
from store.memory import Step
from tests.edge.world import TOKEN_SECONDS, Client, EdgeWorld, in_world, token_of
from tests.making import ALICE, BOB, CAROL, EPOCH, conversation_id, send
from tests.virtually import eventually

UNLIMITED = EdgeConfig(limits=EdgeLimits(commands=None, questions=None, frames=None))


async def talking(world: EdgeWorld, **options: Any) -> tuple[Edge, Client, Client]:
    """Alice and Bob at one edge, in conversation 1, with everything behind it running."""
    world.pipeline()
    await world.conversation()
    edge = await world.edge(**options)
    await eventually(lambda: conversation_id() in world.database.conversations)
    return edge, await Client(edge, ALICE).connect(), await Client(edge, BOB).connect()


class Weather:
    """Fails what it is told to fail."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.lost: set[str] = set()
        """Done, but not told."""

    async def on_bus(self, step: BusStep) -> None:
        if step.operation in (self.failing if step.moment == "before" else self.lost):
            raise Unavailable(step.operation)
        await asyncio.sleep(0)

    async def on_store(self, step: Step) -> None:
        if step.moment == "before" and step.operation in self.failing:
            raise StoreUnavailable(step.operation)
        await asyncio.sleep(0)


# Connecting.


@in_world
async def test_a_message_goes_from_one_edge_to_another(world: EdgeWorld) -> None:
    world.pipeline()
    await world.conversation()
    one, other = await world.edge("edge-1"), await world.edge("edge-2")
    await eventually(lambda: conversation_id() in world.database.conversations)
    alice, bob = await Client(one, ALICE).connect(), await Client(other, BOB).connect()
    await alice.say("m1", "hello")
    await bob.until("message")
    await alice.until("message")
    assert [frame["type"] for frame in alice.frames] == ["connected", "accepted", "stored", "message"]
    assert [frame["type"] for frame in bob.frames] == ["connected", "message"]
    pushed = bob.frames[1]
    assert (pushed["text"], pushed["seq"], pushed["rev"], pushed["sender"]) == ("hello", 1, 1, ALICE)
    assert alice.frames[1] == {"type": "accepted", "id": "m1", "at": pushed["sent_at"]}
    assert alice.frames[2] == {"type": "stored", "id": "m1", "conversation": conversation_id(), "seq": 1, "rev": 1}


@in_world
async def test_connected_shows_who_and_what(world: EdgeWorld) -> None:
    _, alice, _ = await talking(world)
    (told,) = alice.frames
    assert (told["user"]["id"], told["edge"], told["more"], told["resumed"]) == (ALICE, "edge-1", False, False)
    assert told["session"].startswith("s_")
    assert [summary["id"] for summary in told["conversations"]] == [conversation_id()]
    assert "id" not in told


@in_world
async def test_a_client_comes_back_with_its_cursors(world: EdgeWorld) -> None:
    edge, alice, bob = await talking(world)
    for number in range(3):
        await alice.say(f"m{number}", f"text {number}")
    await bob.until("message", 3)
    bob.socket.closed()
    for number in range(3, 6):
        await alice.say(f"m{number}", f"text {number}")
    await alice.until("message", 6)
    cursors = {
        conversation_id(1): {"epoch": EPOCH, "rev": 3},
        conversation_id(2): {"epoch": EPOCH, "rev": 1},
    }
    again = await Client(edge, BOB).connect(cursors)
    assert [frame["type"] for frame in again.frames] == ["connected", "changes", "gone"]
    assert again.frames[0]["resumed"]
    changes = again.frames[1]
    assert (changes["from"], changes["to"], changes["more"]) == (3, 6, False)
    assert again.texts() == ["text 3", "text 4", "text 5"]
    other = await Client(edge, BOB, "tablet").connect({conversation_id(1): {"epoch": "another", "rev": 3}})
    assert other.frames[1] == {"type": "reset", "conversation": conversation_id(), "epoch": EPOCH, "rev": 6}
    await alice.say("m6", "text 6")
    assert (await again.until("message"))[0]["rev"] == (await other.until("message"))[0]["rev"] == 7


@pytest.mark.parametrize(
    ("token", "code"),
    [("", "unauthenticated"), ("nonsense", "unauthenticated"), ("é\u0000", "unauthenticated")],
)
def test_a_bad_token(token: str, code: str) -> None:
    @in_world
    async def scenario(world: EdgeWorld) -> None:
        client = Client(await world.edge())
        await client.send(type="connect", protocol=1, token=token, device="d", id="c1")
        assert (client.frames[0]["id"], client.frames[0]["error"]["code"]) == ("c1", code)
        assert client.close_code == CloseCode.AUTHENTICATE

    scenario()


@in_world
async def test_a_token_that_has_expired(world: EdgeWorld) -> None:
    client = Client(await world.edge())
    token = token_of(ALICE)
    await asyncio.sleep(TOKEN_SECONDS + 1)
    await Client(await world.edge("edge-2")).connect()
    second = Client(await world.edge("edge-3"))
    await second.connect(token=token)
    assert second.frames[0]["error"]["code"] == "token_expired"
    assert second.close_code == CloseCode.AUTHENTICATE
    assert client.close_code == CloseCode.CONNECT_TIMEOUT


@in_world
async def test_a_user_who_is_no_more(world: EdgeWorld) -> None:
    client = await Client(await world.edge(), new_user_id()).connect()
    assert client.frames[0]["error"]["code"] == "unauthenticated"
    assert client.close_code == CloseCode.AUTHENTICATE


@in_world
async def test_no_connect_in_time(world: EdgeWorld) -> None:
    client = Client(await world.edge())
    started = asyncio.get_running_loop().time()
    assert await client.until_closed() == CloseCode.CONNECT_TIMEOUT
    assert asyncio.get_running_loop().time() - started == pytest.approx(10)


@in_world
async def test_the_store_is_away(world: EdgeWorld) -> None:
    weather = Weather()
    weather.failing = {"conversations.summaries"}
    edge = await world.edge(store_step=weather.on_store)
    client = await Client(edge).connect()
    assert client.frames[0]["error"] == {
        "code": "unavailable",
        "message": client.frames[0]["error"]["message"],
        "retry": True,
    }
    assert client.close_code == CloseCode.GOING_AWAY
    await eventually(lambda: not world.database.seats)


# One device, one socket.


@in_world
async def test_the_same_device_again_on_the_same_edge(world: EdgeWorld) -> None:
    edge, alice, bob = await talking(world)
    again = await Client(edge, BOB).connect()
    assert bob.close_code == CloseCode.REPLACED
    await alice.say("m1")
    await again.until("message")
    assert bob.texts() == []
    assert len(world.database.seats) == 2


@in_world
async def test_the_same_device_again_on_another_edge(world: EdgeWorld) -> None:
    _, alice, bob = await talking(world)
    again = await Client(await world.edge("edge-2"), BOB).connect()
    assert await bob.until_closed() == CloseCode.REPLACED
    await alice.say("m1")
    await again.until("message")


@in_world
async def test_another_device_is_told_too(world: EdgeWorld) -> None:
    edge, alice, bob = await talking(world)
    tablet = await Client(edge, BOB, "tablet").connect()
    mine = await Client(edge, ALICE, "tablet").connect()
    await alice.say("m1")
    for client in (alice, bob, tablet, mine):
        await client.until("message")
    assert mine.of_type("stored") == []


# Commands.


@in_world
async def test_commands_keep_their_order(world: EdgeWorld) -> None:
    _, alice, bob = await talking(world, config=UNLIMITED)
    for number in range(300):
        await alice.say(f"m{number}", f"text {number}")
    await bob.until("message", 300)
    assert bob.texts() == [f"text {number}" for number in range(300)]
    assert [frame["id"] for frame in alice.of_type("accepted")] == [f"m{number}" for number in range(300)]
    assert [frame["rev"] for frame in bob.of_type("message")] == list(range(1, 301))


@in_world
async def test_the_same_id_again_has_one_outcome(world: EdgeWorld) -> None:
    _, alice, bob = await talking(world)
    for _ in range(3):
        await alice.say("m1")
    stored = await alice.until("stored", 3)
    await asyncio.sleep(5)
    assert [frame["seq"] for frame in stored] == [1, 1, 1]
    assert len(alice.of_type("accepted")) == 3
    assert len(bob.of_type("message")) == len(alice.of_type("message")) == 1


@in_world
async def test_strangers_and_what_does_not_exist(world: EdgeWorld) -> None:
    edge, _, bob = await talking(world)
    carol = await Client(edge, CAROL).connect()
    await carol.say("m1")
    await carol.say("m2", conversation=7)
    assert [(frame["type"], frame["id"], frame["error"]["code"]) for frame in carol.frames[1:]] == [
        ("rejected", "m1", "not_found"),
        ("rejected", "m2", "not_found"),
    ]
    await carol.send(type="history", id="h1", conversation=conversation_id())
    await carol.until("error")
    assert carol.frames[-1]["error"]["code"] == "not_found"
    await asyncio.sleep(5)
    assert world.database.messages.get(conversation_id(), {}) == {}
    assert bob.of_type("message") == []


@in_world
async def test_the_ordered_decision_may_go_against_it(world: EdgeWorld) -> None:
    _, alice, _ = await talking(world)
    await alice.send(type="message", id="m1", conversation=conversation_id(), text="x", reply_to=99)
    await alice.until("rejected")
    assert [frame["type"] for frame in alice.frames[1:]] == ["accepted", "rejected"]
    assert alice.frames[-1]["error"]["code"] == "not_found"


@in_world
async def test_kafka_is_away(world: EdgeWorld) -> None:
    weather = Weather()
    _, alice, _ = await talking(world, bus_step=weather.on_bus)
    await alice.say("m1")
    await alice.until("stored")
    weather.failing = {"produce"}
    await alice.say("m2")
    (told,) = await alice.until("error")
    assert (told["id"], told["error"]["code"], told["error"]["retry"]) == ("m2", "unavailable", True)
    weather.failing = set()
    await alice.say("m2")
    assert (await alice.until("stored", 2))[1]["id"] == "m2"


@in_world
async def test_nothing_overtakes_what_kafka_did_not_take(world: EdgeWorld) -> None:
    """All of them were on their way when the first failed, and its client could not know yet."""
    weather = Weather()
    _, alice, bob = await talking(world, bus_step=weather.on_bus)
    await alice.say("m1")
    await alice.until("stored")
    weather.failing = {"produce"}
    await alice.say("m2")
    await alice.until("error")
    weather.failing = set()

    for late in ("m3", "m4"):
        await alice.say(late)
    told = await alice.until("error", 3)
    assert [(frame["id"], frame["error"]["code"]) for frame in told] == [
        ("m2", "unavailable"),
        ("m3", "unavailable"),
        ("m4", "unavailable"),
    ]

    for again in ("m2", "m3", "m4"):
        await alice.say(again)
    assert [frame["id"] for frame in await alice.until("stored", 4)] == ["m1", "m2", "m3", "m4"]
    assert [frame["client_id"] for frame in await bob.until("message", 4)] == ["m1", "m2", "m3", "m4"]


@in_world
async def test_who_does_not_send_again_is_not_kept_back_for_long(world: EdgeWorld) -> None:
    weather = Weather()
    _, alice, _ = await talking(world, bus_step=weather.on_bus)
    weather.failing = {"produce"}
    await alice.say("m1")
    await alice.until("error")
    weather.failing = set()
    await asyncio.sleep(5.0)
    await alice.say("m2")
    assert (await alice.until("stored"))[0]["id"] == "m2"


@in_world
async def test_an_acknowledgement_that_is_lost(world: EdgeWorld) -> None:
    weather = Weather()
    _, alice, bob = await talking(world, bus_step=weather.on_bus)
    await alice.say("m1")
    await alice.until("stored")
    weather.lost = {"produce"}
    await alice.say("m2")
    (told,) = await alice.until("error")
    assert (told["id"], told["error"]["code"]) == ("m2", "unknown_outcome")
    weather.lost = set()
    await alice.say("m2")
    await alice.until("stored", 3)  # once for each time it was appended
    assert len(bob.of_type("message")) == 2


@in_world
async def test_a_topic_that_cannot_be_opened(world: EdgeWorld) -> None:
    weather = Weather()
    weather.failing = {"user_topics.open"}
    _, alice, _ = await talking(world, store_step=weather.on_store)
    started = asyncio.get_running_loop().time()
    await alice.say("m1")
    assert asyncio.get_running_loop().time() - started == pytest.approx(10)
    (told,) = await alice.until("error")
    assert (told["id"], told["error"]["code"]) == ("m1", "unavailable")
    weather.failing = set()
    await alice.say("m1")
    await alice.until("stored")


@in_world
async def test_a_topic_that_was_deleted_is_made_again(world: EdgeWorld) -> None:
    _, alice, _ = await talking(world)
    await alice.say("m1")
    await alice.until("stored")
    world.cluster.delete([f"user.{ALICE}.1"])
    await alice.say("m2")
    await alice.until("accepted", 2)
    assert f"user.{ALICE}.1" in world.cluster.topics()


@in_world
async def test_a_client_ahead_of_kafka_is_not_read(world: EdgeWorld) -> None:
    held = asyncio.Event()

    async def hold(step: BusStep) -> None:
        if step.operation == "produce" and step.subject == f"user.{ALICE}.1" and topic_open:
            await held.wait()

    topic_open = False
    _, alice, _ = await talking(world, bus_step=hold, config=EdgeConfig(commands_under_way=5))
    await alice.say("m0")
    await alice.until("stored")
    topic_open = True
    for number in range(1, 6):
        await alice.say(f"m{number}")
    sixth = asyncio.create_task(alice.say("m6"))
    await asyncio.sleep(1)
    assert not sixth.done()
    held.set()
    await sixth
    await alice.until("stored", 7)


# Questions.


@in_world
async def test_history(world: EdgeWorld) -> None:
    _, alice, _ = await talking(world)
    for number in range(1, 8):
        await alice.say(f"m{number}", f"text {number}")
    await alice.until("stored", 7)
    for place, texts, more in (
        ({}, range(1, 8), False),
        ({"limit": 3}, range(5, 8), True),
        ({"before": 4, "limit": 2}, range(2, 4), True),
        ({"before": 3, "limit": 2}, range(1, 3), False),
        ({"after": 0, "limit": 2}, range(1, 3), True),
        ({"after": 5, "limit": 2}, range(6, 8), False),
        ({"around": 4, "limit": 3}, range(3, 6), True),
    ):
        before = len(alice.of_type("history"))
        await alice.send(type="history", id="h", conversation=conversation_id(), **place)
        told = (await alice.until("history", before + 1))[-1]
        assert [one["text"] for one in told["messages"]] == [f"text {number}" for number in texts]
        assert (told["id"], told["conversation"], told["more"]) == ("h", conversation_id(), more)


@in_world
async def test_sync(world: EdgeWorld) -> None:
    _, alice, bob = await talking(world)
    for number in range(1, 4):
        await alice.say(f"m{number}")
    await bob.until("message", 3)
    cursors = {
        conversation_id(1): {"epoch": EPOCH, "rev": 1},
        conversation_id(2): {"epoch": EPOCH, "rev": 1},
    }
    await bob.send(type="sync", id="s1", cursors=cursors)
    await bob.until("synced")
    assert [frame["type"] for frame in bob.frames[-3:]] == ["changes", "gone", "synced"]
    assert (bob.frames[-3]["from"], bob.frames[-3]["to"]) == (1, 3)
    assert bob.frames[-1] == {"type": "synced", "id": "s1"}
    await bob.send(type="sync", id="s2", cursors={conversation_id(): {"epoch": EPOCH, "rev": 3}})
    await bob.until("synced", 2)
    assert len(bob.of_type("changes")) == 1


@in_world
async def test_a_long_absence_is_told_in_pages(world: EdgeWorld) -> None:
    edge, alice, _ = await talking(world, config=UNLIMITED)
    for number in range(130):
        await alice.say(f"m{number}", f"text {number}")
    await alice.until("stored", 130)
    back = await Client(edge, BOB, "old").connect({conversation_id(): {"epoch": EPOCH, "rev": 0}})
    (page,) = back.of_type("changes")
    assert (page["to"], page["more"]) == (100, True)
    await back.send(type="sync", id="s", cursors={conversation_id(): {"epoch": EPOCH, "rev": 100}})
    await back.until("synced")
    assert back.texts() == [f"text {number}" for number in range(130)]
    assert not back.of_type("changes")[1]["more"]


@in_world
async def test_a_question_that_waits_holds_up_nothing_else(world: EdgeWorld) -> None:
    _, alice, _ = await talking(world)
    alice.connection.stalled.clear()
    for number in range(8):
        await alice.send(type="history", id=f"h{number}", conversation=conversation_id())
    await alice.say("m1")
    await alice.until("stored")
    assert alice.of_type("history") == []
    ninth = asyncio.create_task(alice.send(type="history", id="h8", conversation=conversation_id()))
    await asyncio.sleep(1)
    assert not ninth.done()
    alice.connection.stalled.set()
    await ninth
    assert [frame["id"] for frame in await alice.until("history", 9)] == [f"h{number}" for number in range(9)]


@in_world
async def test_the_store_is_away_for_a_question(world: EdgeWorld) -> None:
    weather = Weather()
    _, alice, _ = await talking(world, store_step=weather.on_store)
    weather.failing = {"conversations.history", "conversations.resume"}
    await alice.send(type="history", id="h", conversation=conversation_id())
    await alice.send(type="sync", id="s", cursors={conversation_id(): {"epoch": EPOCH, "rev": 0}})
    told = await alice.until("error", 2)
    assert [(frame["id"], frame["error"]["code"]) for frame in told] == [("h", "unavailable"), ("s", "unavailable")]


# The token's end.


@in_world
async def test_a_session_ends_with_its_token(world: EdgeWorld) -> None:
    client = await Client(await world.edge()).connect()
    await asyncio.sleep(TOKEN_SECONDS - 1)
    assert client.close_code is None
    await asyncio.sleep(2)
    assert client.frames[-1]["error"]["code"] == "token_expired"
    assert client.close_code == CloseCode.AUTHENTICATE


@in_world
async def test_a_session_goes_on_under_a_fresh_token(world: EdgeWorld) -> None:
    client = await Client(await world.edge()).connect()
    await asyncio.sleep(TOKEN_SECONDS - 10)
    await client.send(type="refresh", id="r1", token=token_of(ALICE))
    assert client.frames[-1] == {"type": "refreshed", "id": "r1"}
    await asyncio.sleep(TOKEN_SECONDS - 1)
    assert client.close_code is None
    await asyncio.sleep(2)
    assert client.close_code == CloseCode.AUTHENTICATE


@in_world
async def test_a_refresh_that_is_refused_changes_nothing(world: EdgeWorld) -> None:
    client = await Client(await world.edge()).connect()
    old = token_of(ALICE)
    await asyncio.sleep(TOKEN_SECONDS - 10)
    await client.send(type="refresh", id="r1", token=token_of(BOB))
    await client.send(type="refresh", id="r2", token="nonsense")
    assert [frame["error"]["code"] for frame in client.frames[1:]] == ["forbidden", "unauthenticated"]
    await asyncio.sleep(9)
    assert client.close_code is None
    await client.send(type="refresh", token=old)
    await asyncio.sleep(2)
    assert client.close_code == CloseCode.AUTHENTICATE


# What happens to the edge.


@in_world
async def test_a_lease_that_lapsed(world: EdgeWorld) -> None:
    """An edge that could not renew keeps its sockets; they miss nothing, and nothing is told twice."""
    edge, alice, bob = await talking(world)
    await alice.say("m1", "text 1")
    await bob.until("message")
    former = edge.life.incarnation
    await world.store.edges.end([former])
    await world.store.sessions.remove_incarnations([former])
    await world.command(send("unheard", text="text 2"))
    await eventually(lambda: len(world.database.messages[conversation_id()]) == 2)
    assert bob.texts() == ["text 1"]
    await eventually(lambda: edge.life.incarnation != former)
    await bob.until("changes")
    await alice.say("m3", "text 3")
    await bob.until("message", 2)
    await alice.until("stored", 2)
    assert bob.texts() == alice.texts() == ["text 1", "text 2", "text 3"]
    assert {seat.session.incarnation for seat in world.database.seats.values()} == {edge.life.incarnation}


@in_world
async def test_a_conversation_that_began_while_the_lease_had_lapsed(world: EdgeWorld) -> None:
    edge, _, bob = await talking(world)
    former = edge.life.incarnation
    await world.store.edges.end([former])
    await world.store.sessions.remove_incarnations([former])
    await world.conversation(2)
    await world.command(send("first", text="first", conversation=2))
    await bob.until("changes")
    assert [frame["type"] for frame in bob.frames[1:]] == ["conversation", "changes"]
    assert bob.frames[1]["id"] == conversation_id(2)
    assert bob.texts() == ["first"]


@in_world
async def test_a_device_that_went_elsewhere_while_the_lease_had_lapsed(world: EdgeWorld) -> None:
    edge, _, bob = await talking(world)
    former = edge.life.incarnation
    await world.store.edges.end([former])
    await world.store.sessions.remove_incarnations([former])
    elsewhere = await Client(await world.edge("edge-2"), BOB).connect()
    assert await bob.until_closed() == CloseCode.REPLACED
    assert elsewhere.close_code is None


@in_world
async def test_the_store_comes_back_while_sessions_are_compared(world: EdgeWorld) -> None:
    weather = Weather()
    edge, _, bob = await talking(world, store_step=weather.on_store)
    former = edge.life.incarnation
    weather.failing = {"conversations.resume"}
    await world.store.edges.end([former])
    await world.store.sessions.remove_incarnations([former])
    await eventually(lambda: edge.life.incarnation != former)
    await world.command(send("m1", text="text 1"))
    await asyncio.sleep(30)
    assert bob.texts() == []
    weather.failing = set()
    await eventually(lambda: bob.texts() == ["text 1"])


@in_world
async def test_deliveries_that_were_lost_are_read_from_the_store(world: EdgeWorld) -> None:
    """Retention may be faster than an edge that was stopped."""
    stopped, free = asyncio.Event(), asyncio.Event()
    free.set()

    async def stop(step: BusStep) -> None:
        if step.operation == "fetch" and not free.is_set():
            stopped.set()
            await free.wait()

    edge, alice, bob = await talking(world, bus_step=stop)
    await alice.say("m1", "text 1")
    await bob.until("message")
    free.clear()
    await stopped.wait()
    for number in (2, 3):
        await world.command(send(f"m{number}", text=f"text {number}"))
        await asyncio.sleep(1)
    topic = Partition(edge.life.topic)
    log = world.cluster.log(topic)
    assert log is not None
    world.cluster.truncate(topic, log.end - 1)
    free.set()
    await eventually(lambda: bob.texts() == ["text 1", "text 2", "text 3"])
    assert [frame["type"] for frame in bob.frames] == ["connected", "message", "changes"]


@in_world
async def test_a_closed_socket_is_forgotten(world: EdgeWorld) -> None:
    weather = Weather()
    edge, _, bob = await talking(world, store_step=weather.on_store)
    weather.failing = {"sessions.remove"}
    bob.socket.closed()
    bob.socket.closed()
    await asyncio.sleep(10)
    assert len(world.database.seats) == 2
    weather.failing = set()
    await eventually(lambda: len(world.database.seats) == 1)
    assert (edge.node.sockets, edge.node.sessions) == (1, 1)


@in_world
async def test_a_socket_that_closes_while_it_connects(world: EdgeWorld) -> None:
    going = asyncio.Event()

    async def slow(step: Step) -> None:
        if step == Step("sessions.register", "before"):
            going.set()
            await asyncio.sleep(2)

    client = Client(await world.edge(store_step=slow))
    connecting = asyncio.create_task(client.connect())
    await going.wait()
    client.socket.closed()
    await connecting
    await eventually(lambda: not world.database.seats)
    await asyncio.sleep(5)
    assert client.frames == []


@in_world
async def test_a_client_that_takes_nothing_is_too_slow(world: EdgeWorld) -> None:
    """Its deliveries wait while it is being told what it missed; they do not wait for ever."""
    config = EdgeConfig(session=SessionConfig(max_held_bytes=2000))
    edge, alice, _ = await talking(world, config=config)
    stalled = Client(edge, BOB, "stalled")
    stalled.connection.stalled.clear()
    connecting = asyncio.create_task(stalled.connect())
    await asyncio.sleep(1)
    for number in range(20):
        await alice.say(f"m{number}", "x" * 200)
    assert await stalled.until_closed() == CloseCode.TOO_SLOW
    await alice.until("stored", 20)
    stalled.connection.stalled.set()
    await connecting
    assert stalled.frames == []


@in_world
async def test_draining(world: EdgeWorld) -> None:
    edge, alice, bob = await talking(world)
    new = Client(edge, CAROL)
    await edge.node.drain(3.0)
    assert [client.close_code for client in (alice, bob, new)] == [CloseCode.GOING_AWAY] * 3
    assert not world.database.seats
    assert (edge.node.sockets, edge.node.sessions) == (0, 0)


@in_world
async def test_the_word_to_close_comes_with_a_frame(world: EdgeWorld) -> None:
    edge, alice, _ = await talking(world)
    session = alice.frames[0]["session"]
    edge.node.deliver(Delivery(to=(session,), frame={"type": "signed_out"}, close=CloseCode.AUTHENTICATE))
    assert alice.frames[-1] == {"type": "signed_out"}
    assert alice.close_code == CloseCode.AUTHENTICATE


@in_world
async def test_a_session_that_the_store_has_lost_is_closed(world: EdgeWorld) -> None:
    _, alice, bob = await talking(world)
    await world.store.sessions.remove([bob.frames[0]["session"]])
    assert await bob.until_closed() == CloseCode.GOING_AWAY
    await asyncio.sleep(60)
    assert alice.close_code is None
