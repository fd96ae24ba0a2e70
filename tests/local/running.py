"""Small programs to start, and ways to see whether they still run."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from parley.local.children import Program

LIMIT_SECONDS = 30.0

ANNOUNCES = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('ready')"
SERVES = f"{ANNOUNCES}; import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVES}"
FAILS = "import sys; sys.exit('it is all wrong')"


def program(directory: Path, name: str, code: str = SERVES, *, grace: float = 10.0) -> Program:
    """A Python program that is ready when it has written the file `directory/name`."""
    file = directory / name

    async def ready() -> bool:
        return file.exists()

    return Program(
        name=name,
        command=(sys.executable, "-c", code, str(file)),
        log=directory / "log" / f"{name}.log",
        ready=ready,
        grace=grace,
    )


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def processes_with(text: str) -> set[int]:
    """The processes whose command line contains the text."""
    found = set()
    for directory in Path("/proc").iterdir():
        if directory.name.isdecimal():
            try:
                command = (directory / "cmdline").read_bytes().decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if text in command and runs(int(directory.name)):
                found.add(int(directory.name))
    return found


def eventually(condition: Callable[[], bool], limit: float = LIMIT_SECONDS) -> bool:
    """Whether the condition comes true within the limit (seconds)."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
