"""The in-memory store's seams: what a simulation may do to an operation, and what is left of it."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.identity import User
from store.errors import StoreUnavailable
from store.memory import MemoryDatabase, MemoryStore, Step
from tests.making import ALICE, BOB, NOW


class Script:
    """Lets every step pass but one."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.passed: list[Step] = []

    async def __call__(self, step: Step) -> None:
        self.passed.append(step)
        await asyncio.sleep(0)
        if step == self._step:
            raise StoreUnavailable("on purpose")


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase(lambda: datetime.now(UTC))


async def test_cut_before_its_effect_nothing_is_done(database: MemoryDatabase) -> None:
    store = MemoryStore(database, Script(Step("users.create", "before")))
    with pytest.raises(StoreUnavailable):
        await store.users.create(User(ALICE, "alice", NOW), "a-hash")
    assert await MemoryStore(database).users.get([ALICE]) == {}


async def test_cut_after_its_effect_it_is_done_but_not_told(database: MemoryDatabase) -> None:
    store = MemoryStore(database, Script(Step("users.create", "after")))
    with pytest.raises(StoreUnavailable):
        await store.users.create(User(ALICE, "alice", NOW), "a-hash")
    assert ALICE in await MemoryStore(database).users.get([ALICE])


async def test_every_operation_passes_both_steps(database: MemoryDatabase) -> None:
    script = Script(Step("none", "before"))
    store = MemoryStore(database, script)
    await store.sessions.of([ALICE])
    await store.decisions.load([])
    assert script.passed == [
        Step("sessions.of", "before"),
        Step("sessions.of", "after"),
        Step("decisions.load", "before"),
        Step("decisions.load", "after"),
    ]


async def test_a_process_that_is_held_up_holds_up_no_other(database: MemoryDatabase) -> None:
    held = asyncio.Event()

    async def wait(step: Step) -> None:
        await held.wait()

    waiting = asyncio.create_task(MemoryStore(database, wait).users.create(User(ALICE, "alice", NOW), "a-hash"))
    await MemoryStore(database).users.create(User(BOB, "bob", NOW), "a-hash")
    assert set(await MemoryStore(database).users.get([ALICE, BOB])) == {BOB}
    held.set()
    await waiting
    assert set(await MemoryStore(database).users.get([ALICE, BOB])) == {ALICE, BOB}


async def test_the_databases_clock_is_its_own() -> None:
    now = [NOW]
    store = MemoryStore(MemoryDatabase(lambda: now[0]))
    await store.users.create(User(ALICE, "alice", NOW), "a-hash")
    await store.user_topics.open([ALICE], 10.0)
    assert await store.user_topics.leased([ALICE]) == {ALICE}
    now[0] = datetime.max.replace(tzinfo=UTC)
    assert await store.user_topics.leased([ALICE]) == frozenset()
