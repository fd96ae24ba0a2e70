"""Blocking, and the end of a group, while the writer dies: each counts from its place in the one order on."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bus.memory import MemoryBus
from bus.ports import Partition
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from schemas.commands import COMMAND, Block, Command, DeleteGroup, SendMessage
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind, MessageKind
from schemas.times import to_millis
from schemas.topics import CONVERSATIONS
from store.memory import MemoryStore
from tests.edge.world import Client, EdgeWorld, a_world
from tests.making import ALICE, BOB, CAROL, EPOCH, conversation_id, create
from tests.simulation.clock import run_virtually
from tests.simulation.faults import Weather
from tests.simulation.planting import assert_caught
from tests.simulation.processes import Process
from tests.virtually import eventually

PLANTED = sorted((Path(__file__).parent / "planted_ends").glob("*.patch"))
ROUGH = Weather(mean_delay=0.01, long_delay=1.0, long_delay_chance=0.02, failure_chance=0.01)
DEEDS = 40
LAST = "last"


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation of some people, and what any of them may do at any time."""

    conversation: str
    kind: ConversationKind
    members: tuple[str, ...]
    founder: str = ALICE

    def deed(self, number: int, random: Random) -> Command:
        sender = random.choice(self.members)
        name = f"{number}"
        if self.kind is ConversationKind.DIRECT and random.random() < 0.3:
            other = BOB if sender == ALICE else ALICE
            return Block(
                conversation=self.conversation,
                sender=sender,
                client_id=name,
                user=other,
                on=random.random() < 0.4,
                epoch=EPOCH,
            )
        if self.kind is ConversationKind.GROUP and number > DEEDS // 3 and random.random() < 0.1:
            return DeleteGroup(conversation=self.conversation, sender=sender, client_id=name)
        return SendMessage(conversation=self.conversation, sender=sender, client_id=name, text=f"text {name}")


STORIES = {
    "blocking": Story(direct_conversation_id(ALICE, BOB), ConversationKind.DIRECT, (ALICE, BOB)),
    "deleting": Story(conversation_id(5), ConversationKind.GROUP, (ALICE, BOB, CAROL)),
}


def logged(world: EdgeWorld) -> Iterator[Command]:
    """What stands in `conversations`, each command where it stood first: a repeat changes nothing."""
    known: set[tuple[str, str]] = set()
    for number in range(world.cluster.topics()[CONVERSATIONS]):
        log = world.cluster.log(Partition(CONVERSATIONS, number))
        assert log is not None
        for record in log.read(0, 10_000):
            command = COMMAND.validate_json(record.value or b"")
            if (command.sender, command.client_id) not in known:
                known.add((command.sender, command.client_id))
                yield command


def due(story: Story, commands: Iterator[Command]) -> list[str]:
    """What has to be said in the end, by the rules of the protocol's page."""
    said: list[str] = []
    blocked: set[str] = set()
    for command in commands:
        match command:
            case Block(on=True):
                blocked.add(command.sender)
            case Block():
                blocked.discard(command.sender)
            case DeleteGroup() if command.sender == story.founder:
                return said
            case SendMessage(text=str(text)) if not blocked:
                said.append(text)
    return said


async def live(story: Story, world: EdgeWorld, random: Random) -> None:
    async def work(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        await Writer(bus, store, random, lambda: to_millis(world.now()), WriterConfig()).run()

    writer = Process("writer", work, world.cluster, world.database, Random(random.random()), ROUGH)
    world.run(writer.supervise())
    founding = create("begin", story.founder, story.members, story.kind)
    await world.command(founding.model_copy(update={"conversation": story.conversation}))
    await eventually(lambda: story.conversation in world.database.conversations, 120)
    clients = [await Client(await world.edge(f"edge-{user}"), user).connect() for user in story.members]
    for client in clients:
        await client.until("connected")
    done: list[Command] = []
    for number in range(DEEDS):
        deed = random.choice(done) if done and random.random() < 0.15 else story.deed(number, random)
        done.append(deed)
        await world.command(deed)
        if random.random() < 0.2:
            writer.kill()
        await asyncio.sleep(random.uniform(0.0, 0.3))
    writer.calm()
    judge(story, world, clients, await settled(story, world))


async def settled(story: Story, world: EdgeWorld) -> Sequence[str]:
    """Everything that is logged has been applied; what was to be said."""
    ends = [world.cluster.log(Partition(CONVERSATIONS, n)) for n in range(world.cluster.topics()[CONVERSATIONS])]
    last = max(log.read(0, 10_000)[-1].offset for log in ends if log is not None and log.read(0, 1))
    await eventually(lambda: world.database.conversations[story.conversation].applied.offset == last, 300)
    await asyncio.sleep(60)
    return due(story, logged(world))


def judge(story: Story, world: EdgeWorld, clients: Sequence[Client], said: Sequence[str]) -> None:
    kept = world.database.messages.get(story.conversation, {})
    texts = [kept[seq].text for seq in sorted(kept) if kept[seq].kind is MessageKind.TEXT]
    assert texts == list(said), "what is stored is what the order allows"
    for client in clients:
        seen = {frame["seq"]: frame["text"] for frame in client.of_type("message") if frame["kind"] == "text"}
        assert [seen[seq] for seq in sorted(seen)] == list(said), "and so is what everybody was shown"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", STORIES)
def test_what_ends_talking_counts_from_its_place_on(name: str, seed: int) -> None:
    async def life() -> None:
        async with a_world() as world:
            await live(STORIES[name], world, Random(seed))

    run_virtually(life())


@pytest.mark.simulated
@pytest.mark.parametrize("patch", PLANTED, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_caught(patch: Path, tmp_path: Path) -> None:
    assert_caught(patch, tmp_path, "tests/simulation/test_ends_of_talking.py")
