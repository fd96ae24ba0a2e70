"""Child processes that end when their parent does, whatever becomes of it."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PR_SET_PDEATHSIG = 1
LOG_BYTES = 64 * 2**20

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to know that it is ready."""

    name: str
    command: tuple[str, ...]
    log: Path
    """Gets everything that the program prints."""
    ready: Callable[[], Awaitable[bool]]
    """Whether it can be used by now. Asked again and again; answers within seconds, and raises nothing."""
    grace: float = 10.0
    """Seconds from SIGTERM to SIGKILL."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to our own environment."""
    niceness: int = 0
    """How much it stands back when others want to compute (nice(2))."""


class Child:
    """A running program, in a session of its own: Ctrl-C in the terminal reaches the parent alone, which decides the
    order of stopping. When the parent dies, even by SIGKILL, the kernel kills the child (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self._process = process

    @classmethod
    async def start(cls, program: Program) -> Self:
        """Start the program. Raises OSError when it cannot be executed or its log cannot be written."""
        program.log.parent.mkdir(parents=True, exist_ok=True)
        _keep_small(program.log)
        parent = os.getpid()
        with program.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | dict(program.environment),
                preexec_fn=lambda: _begin(parent, program.niceness),
            )
        return cls(program, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for its end; the exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: SIGTERM, then SIGKILL after its grace. Afterwards it is gone."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), self.program.grace)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.exit_code is None:
            self._process.send_signal(number)


def how_it_ended(exit_code: int) -> str:
    """An exit code in words."""
    return f"exit code {exit_code}" if exit_code >= 0 else f"killed by {signal.Signals(-exit_code).name}"


def _begin(parent: int, niceness: int) -> None:
    os.nice(niceness)
    _bind_to(parent)


def _bind_to(parent: int) -> None:
    """Runs in the child before the program: die with the parent, and may open as many files as the system allows."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died in between
        sys.exit(1)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _keep_small(log: Path) -> None:
    """Keep at most one former log beside a new one."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
