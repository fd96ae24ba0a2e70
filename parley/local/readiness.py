"""Waiting until a child can be used, and saying why it never could."""

import asyncio
from pathlib import Path

from parley.local.children import Child, how_it_ended
from parley.local.errors import CannotStartError

ASK_AGAIN_SECONDS = 0.1
TAIL_BYTES = 64 * 1024
KNOWN_REASONS = {
    "No space left on device": "the disk is full",
    "Address already in use": "its port was taken",
    "Cannot allocate memory": "there is not enough memory",
}


async def until_ready(child: Child, limit: float) -> None:
    """Wait until the child is ready, at most `limit` seconds.

    Raises CannotStartError when it ends before or takes longer; the child is not stopped then.
    """
    name = child.program.name
    end = asyncio.create_task(child.wait())
    try:
        async with asyncio.timeout(limit):
            while not await child.program.ready():
                await asyncio.wait((end,), timeout=ASK_AGAIN_SECONDS)
                if end.done():
                    raise CannotStartError(f"{name} did not start ({how_it_ended(end.result())}): {last_words(child)}")
    except TimeoutError:
        raise CannotStartError(f"{name} was not ready within {limit:.0f} s: {last_words(child)}") from None
    finally:
        end.cancel()


def last_words(child: Child) -> str:
    """Why the child probably ended, in one line that names its log."""
    log = child.program.log
    return f"{likely_reason(_tail(log))}; see {log}"


def likely_reason(output: str) -> str:
    """Why a program ended, from what it printed."""
    for sign, reason in KNOWN_REASONS.items():
        if sign in output:
            return reason
    lines = [line.strip(" |+-") for line in output.splitlines()]  # tracebacks of groups are framed
    told = [line for line in lines if line]
    return told[-1][:200] if told else "it said nothing"


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")
