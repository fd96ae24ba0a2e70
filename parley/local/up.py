"""`parley up`: the whole of Parley on this machine, until Ctrl-C."""

import asyncio
import errno
import fcntl
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parley.keys import token_secret, vapid_key
from parley.local import kafka, mongod
from parley.local.children import Program
from parley.local.errors import CannotStartError
from parley.local.ports import require_free
from parley.local.services import ports, services
from parley.local.supervisor import supervise
from parley.settings import Settings

NEEDED_BYTES = 512 * 2**20


def up(settings: Settings) -> int:
    """Run the local stack until SIGINT, SIGTERM or SIGHUP, then stop it in order. The exit code.

    What keeps it from starting is told on stderr in one line each, with exit code 1.
    """
    try:
        with _sole_user_of(settings.var):
            require_space(settings.var, NEEDED_BYTES)
            require_free(ports(settings))
            token_secret(settings)
            vapid_key(settings)
            asyncio.run(_until_signal(_run(settings)))
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(_told(error, settings.var), file=sys.stderr)
        return 1
    return 0


def require_space(directory: Path, needed: int) -> None:
    """Raises CannotStartError when the disk that holds the directory has less room than needed (bytes)."""
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise CannotStartError(
            f"the disk that holds {directory.resolve()} is full: {free >> 20} MiB are free, {needed >> 20} are needed"
            " (PARLEY_VAR names another place)"
        )


@contextmanager
def _sole_user_of(var: Path) -> Iterator[None]:
    """Nobody else starts a stack on the same data meanwhile; the lock ends with this process, however it ends."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CannotStartError(
                f"Parley already runs on {var.resolve()} (process {holder}): stop it, or set PARLEY_VAR and other ports"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def _until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Cancel the work at the first signal; those that follow do not disturb the stopping, whose time is bounded."""
    task = asyncio.ensure_future(work)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            _say("stopping …")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise


async def _run(settings: Settings) -> None:
    phases = [await _backing(settings), *services(settings)]
    await supervise(phases, _say, random.Random(), started=_welcome(settings))


async def _backing(settings: Settings) -> list[Program]:
    log = settings.var / "log"
    programs = []
    if settings.starts_mongod:
        node = mongod.MongodNode(settings.var / "mongod", settings.mongod_port)
        programs.append(mongod.prepare(node, log / "mongod.log"))
    if settings.starts_kafka:
        broker = kafka.KafkaNode(settings.var / "kafka", settings.kafka_port, settings.kafka_controller_port)
        programs.append(await kafka.prepare(broker, log / "kafka.log"))
    return programs


def _welcome(settings: Settings) -> Callable[[], None]:
    command = Path(sys.executable).with_name("parley")
    shown = command.relative_to(Path.cwd()) if command.is_relative_to(Path.cwd()) else command
    return lambda: _say(
        f"""
Parley runs. Ctrl-C stops it.
  The app and the API    {settings.public_url} ({settings.public_url}/api/docs)
  Chat in a terminal     {shown} chat --user alice --register
                         {shown} chat --user bob --register --with alice
  Look inside            {shown} inspect topics
  Kafka                  {settings.kafka_bootstrap}
  Logs                   {settings.var / "log"}/<service>.log
"""
    )


def _told(error: OSError, var: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk that holds {var.resolve()} is full"
    return f"{error.filename or var}: {error.strerror or error}"


def _say(text: str) -> None:
    print(text, flush=True)
