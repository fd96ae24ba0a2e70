"""A notifications process of the driver's own in the place of the stack's: its pushes and e-mail come to the driver.

Whom a push may go to is no setting, so the stack's own process could never be received from on this machine. It is
stopped (SIGSTOP) meanwhile: the stand-in has its slot in the consumer group, and so its partitions. It is killed when
the stand-in is gone, and its supervisor starts it anew.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from loadtests.clock import now
from loadtests.stack import NotRunning, Stack
from parley.local.children import Child, Program
from parley.local.ports import free_ports
from parley.local.services import BACKGROUND_NICENESS

NAME = "notifications"
START_SECONDS = 120.0
PAUSE_SECONDS = 0.2
LOOK_SECONDS = 0.1


@asynccontextmanager
async def standing_in(stack: Stack, push_port: int, authority: Path, smtp_port: int) -> AsyncIterator[None]:
    """Notifications go to these ports of this machine until the block ends. Raises NotRunning when that cannot be."""
    own = stack.processes.pids.get(NAME)
    if own is None or not stack.processes.ours(own):
        raise NotRunning(f"no notifications process was started by the `parley up` of {stack.settings.var}")
    (port,) = free_ports(1)
    program = _program(stack, port, str(push_port), str(authority), str(smtp_port))
    os.kill(own, signal.SIGSTOP)
    running = asyncio.create_task(_keep_running(program), name="stand-in")
    try:
        await _until_ready(program)
        stack.processes.stand_in(NAME, port)
        stack.say("notifications come here")
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])
        stack.processes.stand_in(NAME, stack.settings.notifications_port)
        with suppress(ProcessLookupError):
            os.kill(own, signal.SIGKILL)
    if not running.cancelled():
        running.result()


def _program(stack: Stack, port: int, *arguments: str) -> Program:
    async def ready() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
            except httpx.TransportError:
                return False

    return Program(
        name=NAME,
        command=(sys.executable, "-m", "loadtests.notifications_process", str(port), *arguments),
        log=stack.settings.var / "log" / "notifications-stand-in.log",
        ready=ready,
        niceness=BACKGROUND_NICENESS,
    )


async def _until_ready(program: Program) -> None:
    end = now() + START_SECONDS
    while now() < end:
        if await program.ready():
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise NotRunning(f"the notifications process of the driver does not get ready: see {program.log}")


async def _keep_running(program: Program) -> None:
    """Start it, and again whenever it ends, until cancelled; then stop it in order. It does not outlive the driver."""
    while True:
        child = await Child.start(program)
        try:
            await child.wait()
        finally:
            await child.stop()
        await asyncio.sleep(PAUSE_SECONDS)
