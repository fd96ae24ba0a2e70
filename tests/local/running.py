"""Small programs to start, and ways to see whether they still run."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from parley.local.children import Program
from parley.local.ports import free_ports

LIMIT_SECONDS = 30.0
EDGES = 2
PORTS = (
    "APP",
    "ROUTER",
    "WRITER",
    "DELIVERY_STATUS",
    "NOTIFICATIONS",
    "SEARCH_INDEX",
    "SESSION_EXPIRY",
    "KAFKA",
    "KAFKA_CONTROLLER",
    "MONGOD",
)

ANNOUNCES = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('ready')"
SERVES = f"{ANNOUNCES}; import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVES}"
FAILS = "import sys; sys.exit('it is all wrong')"


def stack_environment(directory: Path) -> dict[str, str]:
    """What a `parley up` of its own is started with: free ports, and its data in `directory`."""
    ports = [str(port) for port in free_ports(len(PORTS) + EDGES)]
    return {
        "PATH": os.environ["PATH"],
        "PARLEY_VAR": str(directory / "var"),
        "PARLEY_EDGE_PORTS": ",".join(ports[:EDGES]),
        **{f"PARLEY_{name}_PORT": port for name, port in zip(PORTS, ports[EDGES:], strict=True)},
    }


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
    return _parent(pid) is not None


def children_of(parent: int) -> set[int]:
    """The running processes whose parent it is."""
    return {pid for pid in _pids() if _parent(pid) == parent}


def processes_with(text: str) -> set[int]:
    """The processes whose command line contains the text."""
    return {pid for pid in _pids() if text in _command(pid) and runs(pid)}


def _pids() -> set[int]:
    return {int(directory.name) for directory in Path("/proc").iterdir() if directory.name.isdecimal()}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return ""


def _parent(pid: int) -> int | None:
    """None: there is no such process any more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, parent, *_ = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else int(parent)


def eventually(condition: Callable[[], bool], limit: float = LIMIT_SECONDS) -> bool:
    """Whether the condition comes true within the limit (seconds)."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
