"""Children end when they are told to, and when their parent dies."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from parley.local.children import LOG_BYTES, Child, how_it_ended
from parley.local.errors import CannotStartError
from parley.local.readiness import until_ready
from tests.local.running import ANNOUNCES, FAILS, STUBBORN, eventually, program, runs

PARENT = """
import asyncio, sys
from pathlib import Path
from parley.local.children import Child
from tests.local.running import program

async def main():
    child = await Child.start(program(Path(sys.argv[1]), "child"))
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""


async def test_sigterm_ends_it(tmp_path: Path) -> None:
    child = await Child.start(program(tmp_path, "polite"))
    await until_ready(child, 20)
    await child.stop()
    assert how_it_ended(await child.wait()) == "killed by SIGTERM"


async def test_sigkill_ends_who_does_not_listen(tmp_path: Path) -> None:
    child = await Child.start(program(tmp_path, "stubborn", STUBBORN, grace=0.2))
    await until_ready(child, 20)
    await child.stop()
    assert how_it_ended(await child.wait()) == "killed by SIGKILL"


def test_a_child_dies_with_its_killed_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert runs(child)
        parent.send_signal(signal.SIGKILL)
        assert eventually(lambda: not runs(child))


async def test_it_is_out_of_reach_of_the_terminals_ctrl_c(tmp_path: Path) -> None:
    child = await Child.start(program(tmp_path, "apart"))
    try:
        assert os.getsid(child.pid) != os.getsid(0)
    finally:
        await child.stop()


async def test_it_may_open_as_many_files_as_the_system_allows(tmp_path: Path) -> None:
    told = f"{ANNOUNCES}; import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    child = await Child.start(program(tmp_path, "open", told))
    await child.wait()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert child.program.log.read_text(encoding="utf-8").strip() == str((hard, hard))


async def test_who_ends_before_it_is_ready_says_why(tmp_path: Path) -> None:
    child = await Child.start(program(tmp_path, "wrong", FAILS))
    with pytest.raises(
        CannotStartError, match=r"^wrong did not start \(exit code 1\): it is all wrong; see .*wrong.log$"
    ):
        await until_ready(child, 20)


async def test_a_full_disk_is_named(tmp_path: Path) -> None:
    full = "raise OSError(28, 'No space left on device')"
    child = await Child.start(program(tmp_path, "full", full))
    with pytest.raises(CannotStartError, match=r"the disk is full; see"):
        await until_ready(child, 20)


async def test_who_is_never_ready_is_given_up(tmp_path: Path) -> None:
    child = await Child.start(program(tmp_path, "slow", "import time; time.sleep(600)"))
    try:
        with pytest.raises(CannotStartError, match="slow was not ready within 0 s: it said nothing; see"):
            await until_ready(child, 0.2)
    finally:
        await child.stop()


async def test_a_log_that_grew_large_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    large = program(tmp_path, "large", ANNOUNCES)
    large.log.parent.mkdir()
    with large.log.open("wb") as log:
        log.truncate(LOG_BYTES + 1)
    child = await Child.start(large)
    await child.wait()
    assert large.log.stat().st_size == 0
    assert large.log.with_name("large.log.1").stat().st_size == LOG_BYTES + 1
