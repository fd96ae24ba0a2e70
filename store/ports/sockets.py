"""Open sockets, and the processes that hold them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class SessionAddress(NamedTuple):
    """Where a socket is reached: its edge's topic, and its name there."""

    session: str
    edge_topic: str


@dataclass(frozen=True, slots=True)
class Session:
    """One open socket."""

    id: str
    user: str
    device: str
    login: str
    edge_topic: str
    incarnation: str
    connected_at: datetime


class Sessions(Protocol):
    async def register(self, sessions: Sequence[Session], *, again: bool = False) -> Mapping[str, SessionAddress]:
        """Make sockets known. One (user, device) has one socket: returns, by the registered session's id, the socket
        that has to close for it, where there is one. Of two that come at once the later stays and names the earlier.

        `again` is for sockets that were known under an incarnation that has ended: where another socket has taken the
        place meanwhile, that one stays, and the session's own address is returned: it is the one that has to close.
        """

    async def remove(self, sessions: Iterable[str]) -> None:
        """Forget these sockets; one that was replaced is forgotten already, its successor stays."""

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[SessionAddress]]:
        """Every socket of each user who has any, read at majority: one registered before this call began is seen."""

    async def of_logins(self, logins: Iterable[str]) -> Sequence[SessionAddress]:
        """Every socket that was opened under one of these logins, read at majority."""

    async def remove_incarnations(self, incarnations: Iterable[str]) -> frozenset[str]:
        """Remove the sockets of dead edges; returns their users."""


@dataclass(frozen=True, slots=True)
class EdgeLife:
    """One life of an edge or api process. `url` is where clients open sockets, None for an api."""

    incarnation: str
    node: str
    topic: str
    url: str | None


class Edges(Protocol):
    async def begin(self, life: EdgeLife) -> None:
        """Make a life known, its lease counter at 0; repeating it changes nothing."""

    async def renew(self, incarnation: str) -> bool:
        """Count the lease up. False: it was ended meanwhile, a new incarnation is due."""

    async def leases(self) -> Mapping[str, int]:
        """Every incarnation that has not ended, with its lease counter."""

    async def urls(self) -> Sequence[str]:
        """Where sockets can be opened now."""

    async def end(self, incarnations: Iterable[str]) -> None:
        """These are over (their end is stamped with the store's clock); ending twice is fine."""

    async def ended(self, seconds_ago: float) -> Mapping[str, str]:
        """Incarnations over for at least so long, with their topics, until `forget`."""

    async def topics(self) -> frozenset[str]:
        """The topic of every incarnation that is not forgotten."""

    async def forget(self, incarnations: Iterable[str]) -> None:
        """Nothing is left of these."""
