"""One run: settle in, talk while things break, calm down, and be judged."""

import asyncio

from tests.simulation.clock import run_virtually
from tests.simulation.judging import CursorWatch, judge, receipts_missing
from tests.simulation.presence import PresenceWatch, come_and_go
from tests.simulation.world import NOTIFICATIONS, Scenario, World

_SETTLE_SECONDS = 120.0
_ARRIVE_SECONDS = 400.0
_RECEIPTS_SECONDS = 60.0


def simulate(seed: int) -> tuple[list[str], str]:
    """Run one seed; returns what is wrong, nothing when all is well, and a fingerprint of all that happened."""
    return run_virtually(_run(seed))


async def _run(seed: int) -> tuple[list[str], str]:
    world = World(seed, Scenario())
    failures: list[str] = []
    async with _background(world):
        watch, cursors = PresenceWatch(world), CursorWatch(world)
        watching = [asyncio.create_task(one.run()) for one in (watch, cursors, world.pushes, world.chats)]
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                await world.settle_in()
            await asyncio.gather(
                world.talk(), world.revise(), world.move(), world.disturb(), world.chats.live(), world.stand_still()
            )
            world.calm()
            async with asyncio.timeout(_ARRIVE_SECONDS):
                await world.arrived()
                if (
                    seed % 2 == 0
                ):  # a new connection brings every receipt: in the other half they have to come by themselves
                    await world.return_amid_talk()
                    await world.arrived()
            if seed % 4 == 0:
                failures += await come_and_go(world, edges_die=seed % 8 == 0)
                async with asyncio.timeout(_ARRIVE_SECONDS):
                    await world.arrived()
            failures += await _receipts(world)
            async with asyncio.timeout(_ARRIVE_SECONDS):
                await world.pushes.told()
            failures += await world.chats.go()
        except TimeoutError:
            failures.append("not everything arrived in time")
        finally:
            for task in watching:
                task.cancel()
        failures += watch.findings + cursors.findings + world.pushes.findings(world.ends_of(NOTIFICATIONS))
    return failures + judge(world), world.fingerprint()


async def _receipts(world: World) -> list[str]:
    """What receipts do not arrive within some time, before those who come back find them in their snapshots."""
    end = asyncio.get_running_loop().time() + _RECEIPTS_SECONDS
    while (missing := receipts_missing(world)) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(1.0)
    return missing


class _background:  # noqa: N801 - reads as the verb it is used as
    """Every process and device, until the block ends."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        world = self._world
        self._tasks = [asyncio.create_task(process.supervise()) for process in world.processes]
        self._tasks += [asyncio.create_task(device.live()) for device in (*world.devices, *world.chats.devices)]

    async def __aexit__(self, *_: object) -> None:
        for process in self._world.processes:
            process.kill()
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
