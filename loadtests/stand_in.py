"""A notifications process of the driver's own in the place of the stack's: its pushes and e-mail come to the driver.

Whom a push may go to is no setting, so the stack's own process could never be received from on this machine. It is
stopped (SIGSTOP) meanwhile: the stand-in has its slot in the consumer group, and so its partitions. It is killed when
the stand-in is gone, and its supervisor starts it anew.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from loadtests.clock import now
from loadtests.stack import NotRunning, Stack
from parley.local.ports import free_ports

NAME = "notifications"
START_SECONDS = 120.0
STOP_SECONDS = 20.0
PAUSE_SECONDS = 0.2
LOOK_SECONDS = 0.1


@asynccontextmanager
async def standing_in(stack: Stack, push_port: int, authority: Path, smtp_port: int) -> AsyncIterator[None]:
    """Notifications go to these ports of this machine until the block ends. Raises NotRunning when that cannot be."""
    own = stack.processes.pids.get(NAME)
    if own is None or not stack.processes.ours(own):
        raise NotRunning(f"no notifications process was started by the `parley up` of {stack.settings.var}")
    (port,) = free_ports(1)
    log = stack.settings.var / "log" / "notifications-stand-in.log"
    stand_in = _StandIn((str(port), str(push_port), str(authority), str(smtp_port)), log)
    os.kill(own, signal.SIGSTOP)
    running = asyncio.create_task(stand_in.keep_running(), name="stand-in")
    try:
        await _ready(port, log)
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


async def _ready(port: int, log: Path) -> None:
    end = now() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while now() < end:
            if await _answers(client, port):
                return
            await asyncio.sleep(LOOK_SECONDS)
    raise NotRunning(f"the notifications process of the driver does not get ready: see {log}")


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.TransportError:
        return False


class _StandIn:
    def __init__(self, arguments: tuple[str, ...], log: Path) -> None:
        self._command = (sys.executable, "-m", "loadtests.notifications_process", *arguments)
        self._log = log

    async def keep_running(self) -> None:
        """Start it, and again whenever it ends, until cancelled; then stop it in order."""
        while True:
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)
            try:
                await process.wait()
            finally:
                await _stop(process)
            await asyncio.sleep(PAUSE_SECONDS)


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
