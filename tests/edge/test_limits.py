"""Sockets that go too fast are told so, and those that go on are closed."""

from domain.limits import Rate
from producer_gateway.edge.gatekeeping import EdgeLimits
from producer_gateway.edge.node import EdgeConfig
from schemas.errors import CloseCode
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, conversation_id
from tests.virtually import eventually

SLOW = EdgeConfig(limits=EdgeLimits(commands=Rate(10, 2), questions=Rate(3, 1), frames=Rate(100, 10)))


async def talking(world: EdgeWorld, config: EdgeConfig = SLOW) -> tuple[Client, Client, Client]:
    """Alice with two sockets, and Bob."""
    world.pipeline()
    await world.conversation()
    await eventually(lambda: bool(world.database.conversations))
    edge = await world.edge(config=config)
    return (
        await Client(edge, ALICE).connect(),
        await Client(edge, ALICE, "tablet").connect(),
        await Client(edge, BOB).connect(),
    )


@in_world
async def test_a_burst_passes_and_what_is_beyond_it_is_told_when_to_come_again(world: EdgeWorld) -> None:
    alice, tablet, bob = await talking(world)
    for number in range(8):
        await alice.say(f"m{number}")
    for number in range(4):
        await tablet.say(f"t{number}")
    await bob.until("message", 10)

    refused = tablet.of_type("error")
    assert [frame["id"] for frame in refused] == ["t2", "t3"]
    assert {frame["error"]["code"] for frame in refused} == {"rate_limited"}
    assert refused[0]["error"]["retry"] is True
    assert 0 < refused[0]["error"]["retry_after"] <= 1.0
    assert alice.of_type("error") == []

    await bob.say("b1")
    await alice.until("message", 11)
    assert bob.of_type("error") == []


@in_world
async def test_what_is_sent_again_as_told_keeps_its_order(world: EdgeWorld) -> None:
    alice, _, bob = await talking(world)
    for number in range(12):
        await alice.say(f"m{number}", f"text {number}")
    await bob.until("message", 10)
    wait = alice.of_type("error")[-1]["error"]["retry_after"]
    await world.pass_time(wait / 2)
    await alice.say("m12", "text 12")
    assert [frame["id"] for frame in alice.of_type("error")] == ["m10", "m11", "m12"]
    await world.pass_time(wait / 2)
    for number in (10, 11):
        await alice.say(f"m{number}", f"text {number}")
    await bob.until("message", 12)
    assert bob.texts() == [f"text {number}" for number in range(12)]


@in_world
async def test_questions_are_limited_too(world: EdgeWorld) -> None:
    alice, _, _ = await talking(world)
    for number in range(5):
        await alice.send(type="history", id=f"h{number}", conversation=conversation_id())
    await alice.until("history", 3)
    assert [frame["id"] for frame in alice.of_type("error")] == ["h3", "h4"]
    assert alice.of_type("error")[0]["error"]["code"] == "rate_limited"
    await alice.say("m1")
    await alice.until("stored")


@in_world
async def test_who_keeps_flooding_is_closed(world: EdgeWorld) -> None:
    alice, tablet, bob = await talking(world)
    for number in range(200):
        if alice.close_code is None:
            await alice.say(f"m{number}")
    assert alice.close_code == CloseCode.TOO_FAST
    assert len(alice.of_type("error")) < 15
    assert alice.frames[-1]["error"]["code"] == "rate_limited"
    assert tablet.close_code is None
    assert bob.close_code is None
    await bob.until("message", 10)


@in_world
async def test_frames_of_any_kind_are_counted(world: EdgeWorld) -> None:
    alice, _, _ = await talking(world)
    for _ in range(200):
        if alice.close_code is None:
            await alice.send(type="no such frame")
    assert alice.close_code == CloseCode.TOO_FAST
    assert len(alice.of_type("error")) == 100


@in_world
async def test_a_person_is_never_limited(world: EdgeWorld) -> None:
    alice, _, bob = await talking(world, EdgeConfig())
    for number in range(300):
        await alice.say(f"m{number}")
        await world.pass_time(0.1)
    await bob.until("message", 300)
    assert alice.of_type("error") == []


@in_world
async def test_without_limits_nothing_is_refused(world: EdgeWorld) -> None:
    none = EdgeConfig(limits=EdgeLimits(commands=None, questions=None, frames=None))
    alice, _, bob = await talking(world, none)
    for number in range(1500):
        await alice.say(f"m{number}")
    await bob.until("message", 1500)
    assert alice.of_type("error") == []
