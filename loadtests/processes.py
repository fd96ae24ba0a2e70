"""What the processes of a stack on this machine use, by /proc (proc(5)). They are found by the ports they listen on."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from parley.settings import Settings

PROC = Path("/proc")
DRIVER = "driver"
_LISTENING = "0A"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since its start, resident bytes now."""

    pid: int
    cpu: float
    rss: int


def ports(settings: Settings) -> dict[str, int]:
    """Each process of the stack by name, with a port it listens on."""
    edges = {f"edge-{number}": port for number, port in enumerate(settings.edge_ports, 1)}
    return edges | {
        "api": settings.app_port,
        "router": settings.router_port,
        "writer": settings.writer_port,
        "search-index": settings.search_index_port,
        "delivery-status": settings.delivery_status_port,
        "notifications": settings.notifications_port,
        "session-expiry": settings.session_expiry_port,
        "kafka": int(settings.kafka_bootstrap.rpartition(":")[2]),
        "mongod": settings.mongod_port,
    }


def find(wanted: Mapping[str, int]) -> dict[str, int]:
    """The pid of each process that listens on its port now."""
    inodes = dict(_listeners())
    by_inode = {inodes[port]: name for name, port in wanted.items() if port in inodes}
    return {by_inode[inode]: pid for pid, inode in _sockets() if inode in by_inode}


def _listeners() -> Iterator[tuple[int, str]]:
    """Port and socket inode of everything that listens."""
    for table in ("net/tcp", "net/tcp6"):
        for line in (PROC / table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING:
                yield int(fields[1].rpartition(":")[2], 16), fields[9]


def _sockets() -> Iterator[tuple[int, str]]:
    """Every process's sockets, by inode; processes that end meanwhile, or are not ours to see, are left out."""
    for process in PROC.iterdir():
        if process.name.isdigit():
            for target in _open_files(process):
                if target.startswith("socket:["):
                    yield int(process.name), target[len("socket:[") : -1]


def _open_files(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for entry in (process / "fd").iterdir():
            with suppress(FileNotFoundError):  # it was closed just now
                yield str(entry.readlink())


def usage(pid: int) -> Usage | None:
    """None when there is no such process any more."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8")
        statm = (PROC / str(pid) / "statm").read_text(encoding="ascii")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # from the third on: the second, the name, may contain anything
    return Usage(pid, (int(fields[11]) + int(fields[12])) / _TICKS, int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE"))


def parent(pid: int) -> int | None:
    """None when there is no such process any more."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])


@dataclass(frozen=True, slots=True)
class Reading:
    """All processes at one moment, the driver included."""

    at: float
    processes: Mapping[str, Usage]


class Processes:
    """The stack's processes, looked up once: one that was replaced since is looked up again by `refresh`."""

    def __init__(self, settings: Settings) -> None:
        self._ports = ports(settings)
        self._lock = settings.var / "lock"
        self.pids: dict[str, int] = {}
        self.refresh()

    def refresh(self) -> None:
        self.pids = find(self._ports) | {DRIVER: os.getpid()}

    def stand_in(self, name: str, port: int) -> None:
        """From now on the process of this name is the one that listens there."""
        self._ports[name] = port
        self.refresh()

    def ours(self, pid: int) -> bool:
        """Whether it was started by the `parley up` of these settings or by this driver, and not by whoever else uses
        such ports."""
        if parent(pid) == os.getpid():
            return True
        try:
            supervisor = int(self._lock.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return parent(pid) == supervisor

    def read(self, now: float) -> Reading:
        found = {name: usage(pid) for name, pid in self.pids.items()}
        return Reading(now, {name: one for name, one in found.items() if one is not None})


def cpu_between(before: Reading, after: Reading) -> dict[str, float]:
    """CPU seconds of each process that was there all the time."""
    return {
        name: used.cpu - before.processes[name].cpu
        for name, used in after.processes.items()
        if name in before.processes and before.processes[name].pid == used.pid
    }
