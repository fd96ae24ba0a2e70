"""Erasures that were begun are finished, wherever they were interrupted."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from consumers.session_expiry.erasures import SWEEP_SECONDS, Eraser
from domain.push import PushSubscription
from schemas.topics import edge_topic, edge_topic_spec
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from store.ports import EdgeLife, Login, Session
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, NOW

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


async def left(world: World) -> set[str]:
    """Whose things there are."""
    store = world.store
    found = {user for user in (ALICE, BOB) if await store.logins.of(user)}
    found |= set(await store.sessions.of([ALICE, BOB]))
    return found | set(await store.push_subscriptions.of([ALICE, BOB]))


@in_world
async def test_the_rest_is_erased_soon(world: World) -> None:
    await erased(world)
    eraser = Eraser(world.store, world.bus.producer(), Random(1))
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
        eraser = Eraser(store, world.bus.producer(), Random(1))
        with pytest.raises(StoreUnavailable):
            await eraser.sweep()
        assert interrupted
        await eraser.sweep()
        assert await left(world) == {BOB}
        assert await world.store.users.erasing(10) == []

    tell()
