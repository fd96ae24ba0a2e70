"""What runs is kept running, and stopped in order."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parley.local.children import Program
from parley.local.errors import CannotStartError
from parley.local.supervisor import supervise
from tests.local.running import FAILS, SERVES, processes_with, program


class Told:
    """What the supervisor said, in order, without the times."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = []
        self._more = asyncio.Event()

    def __call__(self, text: str) -> None:
        self.lines.append(text.split(maxsplit=2))
        self._more.set()

    def of(self, *words: str) -> list[str]:
        return [line[0] for line in self.lines if line[1] in words]

    async def until(self, name: str, word: str, times: int) -> None:
        async with asyncio.timeout(30):
            while sum(line[:2] == [name, word] for line in self.lines) < times:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def supervised(phases: Sequence[Sequence[Program]], told: Told) -> AsyncIterator[None]:
    started = asyncio.Event()
    task = asyncio.create_task(supervise(phases, told, random.Random(1), started=started.set))
    try:
        async with asyncio.timeout(30):
            await started.wait()
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def test_phases_start_in_order_and_all_stop_in_the_opposite_order(tmp_path: Path) -> None:
    told = Told()
    phases = [[program(tmp_path, "broker")], [program(tmp_path, "writer"), program(tmp_path, "router")]]
    async with supervised(phases, told):
        assert told.of("ready")[0] == "broker"
        assert set(told.of("ready")[1:]) == {"writer", "router"}
    assert told.of("stopped") == ["router", "writer", "broker"]
    assert not processes_with(str(tmp_path))


async def test_who_is_killed_is_started_again(tmp_path: Path) -> None:
    told = Told()
    async with supervised([[program(tmp_path, "writer"), program(tmp_path, "router")]], told):
        (pid,) = processes_with(str(tmp_path / "router"))
        os.kill(pid, signal.SIGKILL)
        await told.until("router", "ready", times=2)
        (again,) = processes_with(str(tmp_path / "router"))
        assert again != pid
    assert told.of("ended") == ["router"]
    assert set(told.of("stopped")) == {"writer", "router"}


async def test_who_dies_again_and_again_waits_longer_each_time(tmp_path: Path) -> None:
    told = Told()
    once = f"import pathlib, sys; pathlib.Path(sys.argv[1]).exists() and sys.exit('no more'); {SERVES}"
    async with supervised([[program(tmp_path, "router", once)]], told):
        (pid,) = processes_with(str(tmp_path / "router"))
        os.kill(pid, signal.SIGKILL)
        await told.until("router", "ended", times=4)
    said = [line[2] for line in told.lines if line[1] == "ended"]
    assert said[0].startswith("(killed by SIGKILL), starts again in 0.")
    assert "no more; see" in said[1]
    pauses = [float(text.split("again in ")[1].split(" s:")[0]) for text in said]
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 1.0


async def test_nothing_is_left_when_one_does_not_start(tmp_path: Path) -> None:
    told = Told()
    phases = [[program(tmp_path, "broker")], [program(tmp_path, "writer", FAILS)], [program(tmp_path, "edge")]]
    with pytest.raises(CannotStartError, match=r"^writer did not start \(exit code 1\): it is all wrong; see"):
        await supervise(phases, told, random.Random(1), started=lambda: pytest.fail("it did not start"))
    assert told.of("stopped") == ["broker"]
    assert not processes_with(str(tmp_path))
