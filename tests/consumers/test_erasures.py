"""Erasures that were begun are finished, wherever they were interrupted."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from bus.announcements import withdrawal
from consumers.router.directory import Directory
from consumers.session_expiry.erasures import SWEEP_SECONDS, Eraser
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from domain.push import PushSubscription
from schemas.commands import AddMember, CreateConversation
from schemas.messages import ConversationKind
from schemas.times import to_millis
from schemas.topics import CONVERSATIONS, USER_TOPICS, edge_topic, edge_topic_spec, user_topic, user_topic_spec
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from store.ports import EdgeLife, Login, Session, Store
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id, create
from tests.virtually import eventually

TOPIC = edge_topic("edge-1", "i1")


async def erased(world: World) -> None:
    """Alice, signed in, with a socket and a browser; her account has just been erased."""
    world.cluster.create([edge_topic_spec(TOPIC)])
    await world.store.edges.begin(EdgeLife("i1", "edge-1", TOPIC, "ws://127.0.0.1:8081/ws"))
    later = NOW + timedelta(days=36_500)
    for user in (ALICE, BOB):
        await world.user(user, topic=False)
        await world.store.logins.create(Login(f"l_{user}", user, "phone", f"t_{user}", NOW, later))
        await world.store.sessions.register([Session(f"s_{user}", user, "phone", f"l_{user}", TOPIC, "i1", NOW)])
        subscription = PushSubscription(f"sub_{user}", user, f"l_{user}", "https://push.example/x", "p", "a", NOW)
        await world.store.push_subscriptions.add(subscription, 10)
    found = await world.store.users.credentials(ALICE)
    assert found is not None
    assert await world.store.users.erase(ALICE, found[1])


def eraser_of(world: World, store: Store) -> Eraser:
    return Eraser(store, world.bus.producer(), world.bus.admin(), Random(1))


async def left(world: World) -> set[str]:
    """Whose things there are."""
    store = world.store
    found = {user for user in (ALICE, BOB) if await store.logins.of(user)}
    found |= set(await store.sessions.of([ALICE, BOB]))
    return found | set(await store.push_subscriptions.of([ALICE, BOB]))


@in_world
async def test_the_rest_is_erased_soon(world: World) -> None:
    await erased(world)
    eraser = eraser_of(world, world.store)
    async with running(eraser.run()):
        await asyncio.sleep(SWEEP_SECONDS * 1.3)
    assert await left(world) == {BOB}
    assert await world.store.users.erasing(10) == []
    assert await world.store.logins.ended([f"l_{ALICE}", f"l_{BOB}"]) == {f"l_{ALICE}"}


@pytest.mark.parametrize(
    "operation",
    [
        "logins.of",
        "logins.end",
        "sessions.of",
        "sessions.remove",
        "push_subscriptions.remove_user",
        "notification_ledger.remove_user",
        "digests.remove_user",
        "marks.remove_user",
        "conversations.groups_of",
        "users.erased",
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interruption_only_delays_it(operation: str, moment: str) -> None:
    @in_world
    async def tell(world: World) -> None:
        await erased(world)
        interrupted = False

        async def checkpoint(step: Step) -> None:
            nonlocal interrupted
            if step == (operation, moment) and not interrupted:
                interrupted = True
                raise StoreUnavailable(operation)

        store = MemoryStore(world.database, checkpoint)
        eraser = eraser_of(world, store)
        with pytest.raises(StoreUnavailable):
            await eraser.sweep()
        assert interrupted
        await eraser.sweep()
        assert await left(world) == {BOB}
        assert await world.store.users.erasing(10) == []

    tell()


def group(number: int, *members: str) -> CreateConversation:
    return create(sender=members[0], members=members, kind=ConversationKind.GROUP, conversation=number)


async def present(world: World, number: int) -> dict[str, str]:
    conversation = conversation_id(number)
    state = (await world.store.decisions.load([conversation]))[conversation]
    return {member.user: member.role.value for member in state.members.values()}


def writer_of(world: World) -> Writer:
    return Writer(world.bus, world.store, world.random, lambda: to_millis(NOW), WriterConfig())


@in_world
async def test_he_leaves_his_groups_in_their_order(world: World) -> None:
    for command in (group(1, ALICE, BOB, CAROL), group(2, BOB, ALICE), group(3, ALICE), create(conversation=4)):
        await world.append(command)
    eraser = eraser_of(world, world.store)
    async with running(writer_of(world).run()):
        await eventually(lambda: len(world.database.conversations) == 4)
        await erased(world)
        await eraser.sweep()
        assert await world.store.users.erasing(10) == [ALICE]
        await eventually(lambda: ALICE not in world.database.conversations[conversation_id(1)].members)
        assert await present(world, 1) == {BOB: "admin", CAROL: "member"}
        assert await present(world, 2) == {BOB: "admin"}
        assert await present(world, 3) == {}
        assert await present(world, 4) == {ALICE: "member", BOB: "member"}
        said = len(world.records(CONVERSATIONS))
        await eraser.sweep()
    assert len(world.records(CONVERSATIONS)) == said
    assert await world.store.users.erasing(10) == []


@in_world
async def test_who_came_back_meanwhile_leaves_again(world: World) -> None:
    """What he had submitted before was forwarded after the first leave was decided."""
    eraser = eraser_of(world, world.store)
    await world.append(group(1, ALICE, BOB))
    async with running(writer_of(world).run()):
        await eventually(lambda: len(world.database.conversations) == 1)
        await erased(world)
        await eraser.sweep()
        await eventually(lambda: ALICE not in world.database.conversations[conversation_id(1)].members)
        added = AddMember(conversation=conversation_id(1), sender=BOB, client_id="add", user=ALICE)
        await world.append(added)
        await eventually(lambda: ALICE in world.database.conversations[conversation_id(1)].members)
        await eraser.sweep()
        await eventually(lambda: ALICE not in world.database.conversations[conversation_id(1)].members)
        await eraser.sweep()
    assert await world.store.users.erasing(10) == []


@in_world
async def test_nothing_is_announced_of_him_any_more(world: World) -> None:
    await erased(world)
    await world.announce(ALICE)
    topic = user_topic(ALICE, 1)
    world.cluster.create([user_topic_spec(topic)])
    eraser = eraser_of(world, world.store)
    await eraser.sweep()
    assert await world.store.users.erasing(10) == [ALICE], "his topic is there"
    await world.bus.admin().delete([topic])
    await eraser.sweep()
    assert await world.store.users.erasing(10) == []
    said = [record for record in world.records(USER_TOPICS) if record.key == ALICE.encode()]
    assert [record.value is None for record in said] == [False, True]


@in_world
async def test_routers_forget_him(world: World) -> None:
    for user in (ALICE, BOB):
        await world.announce(user)
    directory = Directory(world.bus.reader())
    directory.take(dict.fromkeys(range(64), 0))
    while len(directory.users()) < 2:
        await directory.follow(0.1)
    await world.producer.send(withdrawal(ALICE))
    async with asyncio.timeout(60):
        while len(directory.users()) == 2:
            await directory.follow(0.1)
    assert set(directory.users().values()) == {BOB}
