"""What the driver does with the processes of a stack that is not its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loadtests.processes import Processes
from loadtests.stack import NotRunning, Stack
from loadtests.stand_in import standing_in
from parley.local.ports import free_ports
from parley.settings import Settings


def stack(var: Path, *, running: Callable[[Processes], None]) -> Stack:
    (port,) = free_ports(1)
    settings = Settings(var=var, notifications_port=port)
    processes = Processes(settings)
    running(processes)
    return Stack(settings, None, None, processes, print)  # type: ignore[arg-type] # nobody is asked anything


def nothing(processes: Processes) -> None:
    processes.pids.pop("notifications", None)


def somebody_elses(processes: Processes) -> None:
    processes.pids["notifications"] = 1


@pytest.mark.parametrize("running", [nothing, somebody_elses])
async def test_nothing_is_stopped_that_the_stack_did_not_start(
    tmp_path: Path, running: Callable[[Processes], None]
) -> None:
    with pytest.raises(NotRunning, match="no notifications process was started"):
        async with standing_in(stack(tmp_path, running=running), 1, tmp_path, 2):
            pass
