"""A session that the store has lost is closed, so that its client comes back; one that it knows stays."""

import asyncio

from schemas.errors import CloseCode
from store.errors import StoreUnavailable
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB


@in_world
async def test_a_session_whose_place_was_taken_without_a_word_is_closed(world: EdgeWorld) -> None:
    edge = await world.edge()
    alice, bob = await Client(edge, ALICE).connect(), await Client(edge, BOB).connect()
    await alice.until("connected")
    await bob.until("connected")
    lost = alice.frames[0]["session"]

    await world.store.sessions.remove([lost])

    assert await alice.until_closed(15) == CloseCode.GOING_AWAY
    await asyncio.sleep(60)
    assert bob.close_code is None


@in_world
async def test_a_store_that_cannot_be_read_closes_nobody(world: EdgeWorld) -> None:
    troubled = False

    async def step(step: object) -> None:
        await asyncio.sleep(0)
        if troubled:
            raise StoreUnavailable("injected")

    edge = await world.edge(store_step=step)
    alice = await Client(edge, ALICE).connect()
    await alice.until("connected")
    troubled = True

    await asyncio.sleep(60)

    assert alice.close_code is None
