"""An ephemeral chat over edges: what both see, what Kafka and the store see, and how it ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from bus.memory import MemoryBus
from bus.ports import Partition
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from consumers.writer.emitting import Emitter
from consumers.writer.planning import plan
from domain.ephemeral import EphemeralChat, Seat, Timer
from domain.sealing import WrappedKey
from parley.edge import Edge
from producer_gateway.api.starting_chats import timer
from producer_gateway.chat_view import ChatView
from producer_gateway.content import ContentConfig
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.seat_tokens import Purpose, SeatPass
from schemas.commands import EndChat, ExpireChat
from schemas.ids import SYSTEM_USER
from schemas.messages import ConversationKind
from schemas.times import to_millis
from store.memory import MemoryStore
from tests.consumers.test_planning import submission
from tests.edge.world import TOKENS, Client, EdgeWorld, in_world
from tests.making import EPOCH, NOW, conversation_id, create, user_id
from tests.virtually import eventually

CHAT = conversation_id(7)
ANN, BEN = user_id(71), user_id(72)
KEY = bytes(range(32))
PHRASE = "the heron flies at noon"
HOUR = timedelta(hours=1)
AT_ITS_BEGINNING = {CHAT: {"epoch": EPOCH, "rev": 0}}


def seat_pass(world: EdgeWorld, user: str) -> SeatPass:
    names = {ANN: "Ann", BEN: "Ben"}
    peer = BEN if user == ANN else ANN
    return SeatPass(
        conversation=CHAT,
        user=user,
        name=names[user],
        peer=peer,
        peer_name=names[peer],
        key=KEY,
        link=f"link-of-{user}",
        created_at=world.now(),
        expires_at=world.now() + timedelta(days=1),
    )


async def begin(world: EdgeWorld, inactivity: timedelta = HOUR) -> None:
    """A chat in which both have been, the whole pipeline behind it."""
    wrapped = WrappedKey(b"", b"", b"")
    first, second = (Seat(user, name, user, wrapped, world.now()) for user, name in ((ANN, "Ann"), (BEN, "Ben")))
    chat = EphemeralChat(CHAT, (first, second), world.now(), world.now() + timedelta(days=1), inactivity)
    await world.store.chats.create(chat)
    world.pipeline()
    await world.command(create("begin", ANN, (ANN, BEN), ConversationKind.EPHEMERAL, 7))
    await eventually(lambda: CHAT in world.database.conversations)


def expiry(world: EdgeWorld) -> SessionExpiry:
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    return SessionExpiry(bus, store, Random(5), lambda: to_millis(world.now()), ExpiryConfig())


async def sit(
    world: EdgeWorld, edge: Edge, user: str, device: str = "d", cursors: dict[str, Any] | None = None
) -> Client:
    client = Client(edge, user, device)
    token = TOKENS.seats.issue(seat_pass(world, user), Purpose.ACCESS)
    await client.connect(token=token, cursors=cursors)
    return client


async def both(world: EdgeWorld) -> tuple[Client, Client]:
    ann = await sit(world, await world.edge("edge-1"), ANN)
    ben = await sit(world, await world.edge("edge-2"), BEN)
    for client in (ann, ben):
        await client.until("connected")
    return ann, ben


def everything(world: EdgeWorld) -> str:
    """All that Kafka and the store hold."""
    return repr(world.database) + everything_in_kafka(world)


def everything_in_kafka(world: EdgeWorld) -> str:
    logs = [
        world.cluster.log(Partition(topic, n)) for topic, count in world.cluster.topics().items() for n in range(count)
    ]
    return "".join(repr(record) for log in logs if log for record in log.records)


@in_world
async def test_what_is_said_is_read_by_the_two_and_by_nobody_between(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)

    await ann.say("m1", PHRASE, 7)
    (seen,) = await ben.until("message")
    (own,) = await ann.until("message")

    assert (seen["text"], seen["sender"], seen["seq"], seen["client_id"]) == (PHRASE, ANN, 1, "m1")
    assert own["text"] == PHRASE
    assert [frame["type"] for frame in ann.frames if frame.get("id") == "m1"] == ["accepted", "stored"]
    shown = everything(world)
    assert PHRASE not in shown
    assert "'m1'" in shown, "the scan would find what is there"
    assert KEY.hex() not in shown


@in_world
async def test_names_do_not_enter_kafka_when_its_beginning_is_told_again(world: EdgeWorld) -> None:
    """As after a crash of the writer: by now both are there to be told."""
    await begin(world)
    await both(world)
    store, state = world.store, world.database.conversations[CHAT]
    again = submission(create("begin", ANN, (ANN, BEN), ConversationKind.EPHEMERAL, 7), state.applied.offset)
    told = plan([again], {CHAT: state}, await store.decisions.outcomes([again.key]), {}).told
    assert told[0].reshapes
    await Emitter(store.sessions, store.conversations, MemoryBus(world.cluster).producer()).tell(told)

    records = everything_in_kafka(world)
    assert "ephemeral" in records, "it was told"
    assert '"Ann"' not in records
    assert '"Ben"' not in records


def test_names_are_put_in_by_the_edge() -> None:
    seat = SeatPass(CHAT, ANN, "Ann", BEN, "Ben", KEY, "link", NOW, NOW + HOUR)
    members = [{"user": ANN, "username": ANN, "role": "member"}, {"user": BEN, "username": BEN, "role": "member"}]
    (shown,) = ChatView(seat).frames({"type": "conversation", "id": CHAT, "members": members, "last_message": None})

    assert [member["username"] for member in shown["members"]] == ["Ann", "Ben"]


@in_world
async def test_each_is_shown_the_other_and_only_this_chat(world: EdgeWorld) -> None:
    await begin(world)
    ann, _ = await both(world)

    (connected,) = ann.of_type("connected")
    (summary,) = connected["conversations"]
    assert (connected["user"]["username"], summary["id"], summary["kind"]) == ("Ann", CHAT, "ephemeral")
    assert {member["username"] for member in summary["members"]} == {"Ann", "Ben"}
    await ann.say("m1", "to others", 1)
    (rejected,) = await ann.until("rejected")
    assert rejected["error"]["code"] == "not_found"


@in_world
async def test_edits_deletions_and_reactions_are_sealed_too(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await ann.say("m1", "first", 7)
    await ann.until("stored")
    await ann.send(type="edit", id="e1", conversation=CHAT, seq=1, text=PHRASE)
    await ben.send(type="react", id="r1", conversation=CHAT, seq=1, emoji="🦀", on=True)
    await ben.until("stored")
    last = (await ann.until("message", 3))[-1]

    assert (last["text"], last["reactions"]) == (PHRASE, {"🦀": [BEN]})
    await ann.send(type="react", id="r2", conversation=CHAT, seq=1, emoji="🦀", on=True)
    last = (await ben.until("message", 4))[-1]
    assert last["reactions"] == {"🦀": [BEN, ANN]}
    shown = everything(world)
    assert PHRASE not in shown
    assert "🦀" not in shown
    await ann.send(type="delete", id="d1", conversation=CHAT, seq=1)
    last = (await ben.until("message", 5))[-1]
    assert (last["text"], "deleted_at" in last) == (None, True)


@in_world
async def test_whoever_comes_back_on_any_device_finds_it_as_it_was(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    ann.socket.closed()
    for number in range(3):
        await ben.say(f"m{number}", f"{PHRASE} {number}", 7)
    await ben.until("stored", 3)
    edge = await world.edge("edge-3")

    again = await sit(world, edge, ANN, cursors=AT_ITS_BEGINNING)
    (changes,) = await again.until("changes")
    other = await sit(world, edge, ANN, "another device")
    (connected,) = await other.until("connected")
    await other.send(type="history", id="h", conversation=CHAT)
    (history,) = await other.until("history")

    texts = [f"{PHRASE} {number}" for number in range(3)]
    assert [message["text"] for message in changes["messages"]] == texts
    assert [message["text"] for message in history["messages"]] == texts
    assert connected["conversations"][0]["last_message"]["text"] == texts[-1]
    assert connected["conversations"][0]["unread"] == 3


@in_world
async def test_typing_and_receipts_reach_the_other(world: EdgeWorld) -> None:
    await begin(world)
    bus, store = MemoryBus(world.cluster), MemoryStore(world.database)
    world.run(DeliveryStatus(bus, store, Random(6), world.now, DeliveryStatusConfig()).run())
    ann, ben = await both(world)

    await ben.send(type="typing", conversation=CHAT, on=True)
    (typing,) = await ann.until("typing")
    await ann.say("m1", PHRASE, 7)
    await ben.until("message")
    await ben.send(type="read", conversation=CHAT, seq=1)
    (receipt,) = await ann.until("receipt")

    assert typing["user"] == BEN
    assert (receipt["user"], receipt["delivered"], receipt["read"]) == (BEN, 1, 1)


@in_world
async def test_one_hears_that_the_other_came_and_left(world: EdgeWorld) -> None:
    await begin(world)
    world.run(expiry(world).run())
    ann = await sit(world, await world.edge("edge-1"), ANN)
    await ann.until("connected")
    ben = await sit(world, await world.edge("edge-2"), BEN)

    (joined,) = await ann.until("notice")
    ben.socket.closed()
    notices = await ann.until("notice", 2)

    assert joined == {"type": "notice", "conversation": CHAT, "code": "peer_joined"}
    assert notices[1]["code"] == "peer_left"
    assert world.database.conversations[CHAT].ended_at is None, "a cut connection is no end"


@in_world
async def test_words_that_the_operator_refuses_are_refused_before_they_are_sealed(world: EdgeWorld) -> None:
    await begin(world)
    words = Path(mkdtemp()) / "words"
    words.write_text("heron\n", encoding="utf-8")
    edge = await world.edge("edge-1", config=EdgeConfig(content=ContentConfig(reject=words)))
    ann = await sit(world, edge, ANN)
    await ann.until("connected")

    await ann.say("m1", PHRASE, 7)

    (rejected,) = await ann.until("rejected")
    assert rejected["error"]["code"] == "content_forbidden"


@in_world
async def test_what_was_tampered_with_is_not_shown(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await ann.say("m1", PHRASE, 7)
    await ben.until("message")
    messages = world.database.messages[CHAT]
    messages[1] = messages[1].model_copy(update={"text": "1:" + "A" * 60})

    await ben.send(type="history", id="h", conversation=CHAT)
    (history,) = await ben.until("history")

    assert history["messages"][0]["text"] is None


@in_world
async def test_an_end_is_told_to_both_at_once_and_closes_both(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await ann.say("m1", PHRASE, 7)
    await ann.send(type="end", id="e", conversation=CHAT)

    assert await ben.until_closed() == await ann.until_closed() == 4401
    for client in (ann, ben):
        assert client.frames[-1] == {"type": "ended", "conversation": CHAT, "by": "Ann"}
    assert [frame["type"] for frame in ann.frames if frame.get("id") == "e"] == ["accepted", "stored"]
    assert ben.texts() == [PHRASE]
    assert world.database.chats == {}
    assert "Ann" not in everything_in_kafka(world), "names do not enter Kafka"


@in_world
async def test_whoever_was_away_learns_of_the_end_when_he_comes_back(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    ben.socket.closed()
    await ann.send(type="end", id="e", conversation=CHAT)
    await ann.until_closed()

    late = await sit(world, await world.edge("edge-3"), BEN, cursors=AT_ITS_BEGINNING)

    assert await late.until_closed() == 4401
    assert [frame["type"] for frame in late.frames] == ["ended", "error"]
    assert late.frames[0]["by"] == "Ann"
    assert late.frames[1]["error"]["code"] == "conversation_ended"


@in_world
async def test_an_end_that_an_edge_did_not_hear_of_is_told_when_it_asks(world: EdgeWorld) -> None:
    await begin(world)
    edge = await world.edge("edge-1")
    ben = await sit(world, edge, BEN)
    await ben.until("connected")
    former = edge.life.incarnation
    await world.store.edges.end([former])
    await world.store.sessions.remove_incarnations([former])
    await world.command(EndChat(conversation=CHAT, sender=ANN, client_id="e"))

    assert await ben.until_closed() == 4401
    assert [frame["type"] for frame in ben.frames] == ["connected", "ended", "error"]
    assert ben.frames[1]["by"] == "Ann"


@in_world
async def test_both_end_it_at_once(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await ann.send(type="end", id="a", conversation=CHAT)
    await ben.send(type="end", id="b", conversation=CHAT)

    await ann.until_closed()
    await ben.until_closed()

    assert ann.of_type("ended") == ben.of_type("ended")
    outcomes = [frame for client in (ann, ben) for frame in (*client.of_type("stored"), *client.of_type("rejected"))]
    assert sorted(frame["type"] for frame in outcomes) == ["rejected", "stored"]
    by = {"Ann": ANN, "Ben": BEN}[ann.of_type("ended")[0]["by"]]
    assert world.database.conversations[CHAT].ended_by == by


@in_world
async def test_a_message_that_races_with_the_end_is_before_it_or_refused(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await ben.say("m1", PHRASE, 7)
    await ann.send(type="end", id="e", conversation=CHAT)
    await ben.say("m2", PHRASE, 7)
    await ann.until_closed()
    await ben.until_closed()

    state = world.database.conversations[CHAT]
    seen = [message["seq"] for message in ann.of_type("message")]
    assert seen == [message["seq"] for message in ben.of_type("message")] == list(range(1, state.seq + 1))
    outcome = {frame["id"]: frame["type"] for frame in ben.frames if frame["type"] in ("stored", "rejected")}
    assert sum(kind == "stored" for kind in outcome.values()) == state.seq
    assert outcome.keys() == {"m1", "m2"}, "what was accepted is told its outcome, also after the end"


@in_world
async def test_silence_is_warned_of_and_ends_it(world: EdgeWorld) -> None:
    await begin(world, timedelta(minutes=5))
    ann, ben = await both(world)
    await _silence_timer(world)
    world.run(expiry(world).run())
    await ann.say("m1", PHRASE, 7)
    await ann.until("stored")
    said_at = world.now()

    await eventually(lambda: bool(warnings(ben)), 600)
    warned_at = world.now()
    (warning,) = warnings(ben)
    assert warnings(ann) == [warning]
    assert timedelta(minutes=3.9) < warned_at - said_at < timedelta(minutes=4.2)

    await ben.until_closed(120)
    assert ann.frames[-1] == ben.frames[-1] == {"type": "ended", "conversation": CHAT, "by": "inactivity"}
    assert timedelta(minutes=4.9) < world.now() - said_at < timedelta(minutes=5.2)


@in_world
async def test_whoever_comes_after_the_warning_is_warned_too(world: EdgeWorld) -> None:
    await begin(world, timedelta(minutes=5))
    await world.pass_time(200)
    early = await sit(world, await world.edge("edge-1"), ANN)
    await early.until("connected")
    await world.pass_time(60)
    late = await sit(world, await world.edge("edge-2"), BEN)
    await late.until("notice")

    (warning,) = warnings(late)
    assert datetime.fromisoformat(warning["at"]) == world.database.conversations[CHAT].updated_at + timedelta(minutes=5)
    assert warnings(early) == []


def warnings(client: Client) -> list[dict[str, Any]]:
    return [frame for frame in client.of_type("notice") if frame["code"] == "inactivity_soon"]


async def until_warned(client: Client, times: int) -> None:
    await eventually(lambda: len(warnings(client)) >= times, 900)


async def _silence_timer(world: EdgeWorld) -> None:
    await world.store.deadlines.set([timer(CHAT, Timer.SILENCE, world.now())])


@in_world
async def test_something_said_after_the_warning_keeps_it(world: EdgeWorld) -> None:
    await begin(world, timedelta(minutes=3))
    ann, ben = await both(world)
    await _silence_timer(world)
    world.run(expiry(world).run())

    for number in range(3):
        await until_warned(ben, number + 1)
        await ann.say(f"m{number}", PHRASE, 7)
        await ann.until("stored", number + 1)

    assert world.database.conversations[CHAT].ended_at is None
    assert await ben.until_closed(900) == 4401


@in_world
async def test_an_expire_that_something_overtook_ends_nothing_and_the_timer_goes_on(world: EdgeWorld) -> None:
    await begin(world, timedelta(minutes=10))
    ann, ben = await both(world)
    await ann.say("m1", PHRASE, 7)
    await ann.until("stored")
    stale = ExpireChat(conversation=CHAT, sender=SYSTEM_USER, client_id="x", reason="inactivity", seen_rev=0)
    await world.command(stale)
    await ann.say("m2", PHRASE, 7)
    await ben.until("message", 2)

    assert world.database.conversations[CHAT].ended_at is None
    assert ben.of_type("ended") == []


@in_world
async def test_nothing_is_left_but_a_tombstone(world: EdgeWorld) -> None:
    await begin(world)
    ann, ben = await both(world)
    await _silence_timer(world)
    for number in range(3):
        await ann.say(f"m{number}", PHRASE, 7)
        await ben.say(f"n{number}", PHRASE, 7)
    await ann.until("message", 6)
    world.run(expiry(world).run())
    await ben.send(type="end", id="e", conversation=CHAT)
    await ann.until_closed()
    await ben.until_closed()
    database = world.database
    state = database.conversations[CHAT]

    await eventually(lambda: CHAT in database.destroyed, 300)

    assert database.conversations[CHAT] == replace(state, former={})
    assert database.conversations[CHAT].ended_by == BEN
    left = replace(database, conversations={}, destroyed=set())
    assert CHAT not in repr(left)
    assert ANN not in repr(left)
    assert BEN not in repr(left)
    assert [topic for topic in world.cluster.topics() if ANN in topic or BEN in topic] == []
    await world.pass_time(400)
    assert [topic for topic in world.cluster.topics() if ANN in topic or BEN in topic] == []
    late = await sit(world, await world.edge("edge-3"), ANN)
    assert await late.until_closed() == 4401
    assert late.frames[0] == {"type": "ended", "conversation": CHAT, "by": "Ben"}
    await world.command(EndChat(conversation=CHAT, sender=ANN, client_id="again"))
    await world.pass_time(5)
    assert database.conversations[CHAT].ended_by == BEN


@in_world
async def test_a_chat_whose_seats_stay_empty_ends(world: EdgeWorld) -> None:
    await begin(world)
    chat = world.database.chats[CHAT]
    first, second = chat.seats
    world.database.chats[CHAT] = replace(chat, seats=(first, replace(second, claimed_at=None)))
    ann = await sit(world, await world.edge("edge-1"), ANN)
    await ann.until("connected")
    await world.store.deadlines.set([timer(CHAT, Timer.UNCLAIMED, world.now() + HOUR / 20)])
    world.run(expiry(world).run())

    assert await ann.until_closed(2000) == 4401
    assert ann.frames[-1]["by"] == "expired"


@in_world
async def test_one_that_began_in_the_store_only_is_cleared_away(world: EdgeWorld) -> None:
    wrapped = WrappedKey(b"", b"", b"")
    seats = Seat(ANN, "Ann", "a", wrapped), Seat(BEN, "Ben", "b", wrapped)
    await world.store.chats.create(EphemeralChat(CHAT, seats, world.now(), world.now() + HOUR, HOUR))
    await world.store.deadlines.set([timer(CHAT, Timer.AGE, world.now() + HOUR / 60)])
    world.pipeline()
    world.run(expiry(world).run())

    await eventually(lambda: CHAT in world.database.destroyed, 2000)

    assert (world.database.chats, [user for user in world.database.accounts if user in (ANN, BEN)]) == ({}, [])
    await world.command(create("begin", ANN, (ANN, BEN), ConversationKind.EPHEMERAL, 7))
    await world.pass_time(5)
    assert world.database.conversations[CHAT].members == {}
