"""What is killed is the stack's own, and the next falls when the last one is back and at work."""

import asyncio
import os
import signal
import socket as sockets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from loadtests import killing
from loadtests.killing import LOOKS, Killing, is_back, is_there, kill_one, require_ours
from loadtests.processes import Processes
from loadtests.stack import NotRunning, Stack
from parley.local.ports import free_ports
from parley.settings import Settings

LISTENS = (
    "import socket, sys, time; server = socket.create_server(('127.0.0.1', int(sys.argv[1]))); "
    "print('ready', flush=True); time.sleep(60)"
)


class World:
    """Of a stack, what is killed in it."""

    def __init__(self, directory: Path, port: int) -> None:
        (nobody,) = free_ports(1)
        self.settings = Settings(var=directory, router_port=port, writer_port=nobody)
        self.processes = Processes(self.settings)

    def say(self, text: str) -> None:
        pass


def stack(directory: Path, port: int) -> Stack:
    return cast("Stack", World(directory, port))


@contextmanager
def listening(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", LISTENS, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def test_a_process_is_killed_and_back_when_another_has_its_place(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    there = stack(tmp_path, port)
    assert not is_there(there, "router")
    with listening(port) as first:
        killed = kill_one(there, "router", 0)
        assert first.wait(10) == -signal.SIGKILL
    assert (killed.name, killed.pid) == ("router", first.pid)
    assert not is_back(there, killed)
    with listening(port):
        assert any(is_back(there, killed) for _ in range(LOOKS))


def test_what_somebody_else_started_is_not_killed(tmp_path: Path) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as server:  # a process that is nobody's child here: this one
        there = stack(tmp_path, server.getsockname()[1])
        assert any(is_there(there, "router") for _ in range(LOOKS))
        with pytest.raises(NotRunning, match=f"router .pid {os.getpid()}. was not started by"):
            require_ours(there, ["router"])
        with pytest.raises(NotRunning, match="was not started by"):
            kill_one(there, "router", 0)
        require_ours(there, ["writer"])


def test_what_is_not_there_cannot_be_killed(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotRunning, match="there is no router"):
        kill_one(stack(tmp_path, port), "router", 0)


async def test_a_stack_that_does_nothing_after_a_kill_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killing, "BETWEEN_SECONDS", 0.01)
    monkeypatch.setattr(killing, "BACK_SECONDS", 0.1)
    monkeypatch.setattr(killing, "LOOK_SECONDS", 0.01)
    (port,) = free_ports(1)
    there = stack(tmp_path, port)
    with listening(port):
        killer = Killing(there, ["router"], lambda: 1)
        running = asyncio.create_task(killer.run())
        async with asyncio.timeout(10):
            while not killer.faults:
                await asyncio.sleep(0.01)
        running.cancel()
    (row,) = killer.rows
    assert (row["killed"], row["back s"], row["something done s"]) == ("router", float("inf"), float("inf"))
    (fault,) = killer.faults
    assert fault.endswith("after router was killed nothing is done")
