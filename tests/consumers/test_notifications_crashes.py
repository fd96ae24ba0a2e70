"""The notifications process is killed at every await, on the bus, in the store and while it sends: nothing is lost, and
only what was in flight at the kill comes twice, under the same name."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable
from random import Random

import bus.memory as memory_bus
import store.memory as memory_store
from bus.memory import MemoryBus
from schemas.messages import ConversationKind
from store.memory import MemoryStore
from tests.consumers.notify_stage import Stage
from tests.consumers.world import World, in_world
from tests.making import ALICE, BOB, CAROL

Step = memory_bus.Step | memory_store.Step


class Life:
    """One life of a process, which ends for good when it passes a number of steps."""

    def __init__(self, stage: Stage, last_step: int | None) -> None:
        self._left = last_step
        self.over = asyncio.Event()
        self.bus = MemoryBus(stage.world.cluster, chance=Random(5), checkpoint=self._pass)
        self._task = asyncio.create_task(
            stage.consumer(self.bus, MemoryStore(stage.world.database, self._pass)).run(), name="life"
        )

    async def _pass(self, step: Step) -> None:
        await self.step()

    async def step(self) -> None:
        await asyncio.sleep(0)
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.over.set()
                await asyncio.Event().wait()

    async def kill(self) -> None:
        self.over.set()
        self._left = 0
        self.bus.crash()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def live_until(stage: Stage, last_step: int) -> bool:
    """Whether it came that far within half a minute."""
    life = Life(stage, last_step)
    try:
        async with asyncio.timeout(25):
            await life.over.wait()
        return True
    except TimeoutError:
        return False
    finally:
        await life.kill()


async def live_on(stage: Stage, seconds: float) -> None:
    life = Life(stage, None)
    await asyncio.sleep(seconds)
    await life.kill()


def killed_at_each_step(
    scene: Callable[[Stage], Awaitable[None]], judge: Callable[[Stage], None], *, longest: int, after: float
) -> int:
    """Run the scene anew for each step that the process can be killed at, and have it live on for some seconds after;
    returns how many there were."""
    steps = 0
    for last_step in range(1, longest):
        reached: list[bool] = []

        @in_world
        async def run(world: World, last_step: int = last_step, reached: list[bool] = reached) -> None:
            stage = Stage(world)
            await scene(stage)
            watermarks = asyncio.create_task(stage.keep_watermarks())
            reached.append(await live_until(stage, last_step))
            await live_on(stage, after)
            watermarks.cancel()
            judge(stage)

        run()
        steps += reached[0]
    return steps


def repeated(of: Iterable[Hashable]) -> int:
    return sum(count - 1 for count in Counter(of).values())


def test_pushes_are_made_once_wherever_it_is_killed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.people(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
        stage.hurry()
        for user, name in ((BOB, "phone"), (BOB, "laptop"), (CAROL, "tablet")):
            await stage.subscribe(user, name)
        for number in (1, 2):
            await stage.say(f"m{number}")

    def judge(stage: Stage) -> None:
        wanted = {(name, seq) for name in ("phone", "laptop", "tablet") for seq in ("1", "2")}
        assert set(stage.service.told) == wanted
        twice = [push.headers["Topic"] for push in stage.service.posted]
        assert len(set(twice)) == len(wanted)
        # Six are sent at once here: those in flight may come again, and no other.
        assert max(Counter(twice).values()) <= 2
        assert all(entry.state == "sent" for entry in stage.world.database.ledger.values())

    assert killed_at_each_step(scene, judge, longest=120, after=25) > 60


def test_only_the_one_in_flight_comes_twice() -> None:

    async def scene(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.subscribe()
        stage.hurry(at_once=1)
        for number in range(4):
            await stage.say(f"m{number}")

    def judge(stage: Stage) -> None:
        assert {seq for _, seq in stage.service.told} == {"1", "2", "3", "4"}
        assert repeated(push.headers["Topic"] for push in stage.service.posted) <= 1

    assert killed_at_each_step(scene, judge, longest=120, after=25) > 60


def test_digests_are_made_once_wherever_it_is_killed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.prefer(email_digest=True)
        stage.hurry()
        for number in (1, 2):
            await stage.say(f"m{number}")

    def judge(stage: Stage) -> None:
        ids = [str(mail["Message-ID"]) for _, _, mail in stage.postbox.mails]
        assert 1 <= len(ids) <= 2
        assert len(set(ids)) == 1
        assert all(entry.state == "sent" for entry in stage.world.database.ledger.values())
        assert stage.world.database.digests[BOB].due_at is None

    assert killed_at_each_step(scene, judge, longest=120, after=30) > 60


def test_killed_again_and_again_nothing_is_lost() -> None:
    """Every life is a short one, ended at a step of chance."""
    for seed in range(20):

        @in_world
        async def run(world: World, seed: int = seed) -> None:
            stage, chance = Stage(world), Random(seed)
            stage.hurry()
            await stage.people(ALICE, BOB)
            for name in ("phone", "laptop"):
                await stage.subscribe(BOB, name)
            watermarks = asyncio.create_task(stage.keep_watermarks())
            kills = 0
            for number in range(10):
                await stage.say(f"m{number}")
                kills += await live_until(stage, chance.randrange(20, 120))
            await live_on(stage, 30)
            watermarks.cancel()
            assert set(stage.service.told) == {(name, str(seq)) for name in ("phone", "laptop") for seq in range(1, 11)}
            assert kills > 3
            assert repeated(push.headers["Topic"] for push in stage.service.posted) <= 2 * kills

        run()
