"""Ports of this machine: who wants which, and whether it is free."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from parley.local.errors import CannotStartError


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that something is to listen on, and the setting that changes it."""

    host: str
    port: int
    what: str
    setting: str


def require_free(wanted: Iterable[Wanted]) -> None:
    """Raises CannotStartError with one line for each port that is taken or wanted twice."""
    faults = []
    seen: dict[int, Wanted] = {}
    for want in wanted:
        if want.port in seen:
            other = seen[want.port]
            faults.append(f"port {want.port} is wanted twice, for {other.what} and {want.what}: change {want.setting}")
        elif (reason := _why_not(want)) is not None:
            faults.append(f"port {want.port} for {want.what} {reason}: choose another with {want.setting}")
        seen[want.port] = want
    if faults:
        raise CannotStartError("\n".join(faults))


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that nothing listens on at the moment, all different."""
    sockets = [socket.create_server((host, 0)) for _ in range(count)]
    ports: list[int] = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def _why_not(want: Wanted) -> str | None:
    try:
        socket.create_server((want.host, want.port)).close()
    except OSError as error:
        return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be opened on {want.host} ({error.strerror})"
    return None
