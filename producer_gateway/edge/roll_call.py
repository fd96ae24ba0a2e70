"""Live sessions held against the store from time to time: one that it does not know would never be told anything."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from producer_gateway.edge.session import State
from producer_gateway.edge.socket import Socket
from schemas import metrics
from schemas.errors import CloseCode
from store.errors import StoreError
from store.ports import Sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RollCallConfig:
    every_seconds: float = 10.0
    users_at_once: int = 500


class RollCall:
    """Closes sessions that have lost their place in the store without being told.

    A socket of the same device takes that place when it is registered. It should close the one before, but its edge
    may die first; and a registration that hung in a paused edge may take the place of a newer socket. Whoever is
    closed here comes back and resumes.
    """

    def __init__(
        self, sockets: Callable[[], Iterable[Socket]], sessions: Sessions, random: Random, config: RollCallConfig
    ) -> None:
        self._sockets = sockets
        self._sessions = sessions
        self._random = random
        self._config = config

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._config.every_seconds * self._random.uniform(0.8, 1.2))
            try:
                for sockets in self._parts():
                    await self._call(sockets)
            except StoreError as error:
                log.warning("roll_call_failed", error=repr(error))

    def _parts(self) -> Iterator[Sequence[Socket]]:
        present = [socket for socket in self._sockets() if _is_settled(socket)]
        size = self._config.users_at_once
        return (present[start : start + size] for start in range(0, len(present), size))

    async def _call(self, sockets: Sequence[Socket]) -> None:
        records = {socket: socket.record for socket in sockets}
        known = await self._sessions.of({socket.session.user for socket in sockets})
        ids = {address.session for addresses in known.values() for address in addresses}
        for socket, record in records.items():
            # One that was registered anew meanwhile is none of this reading's business.
            if record is not None and record.id not in ids and _is_settled(socket) and socket.record is record:
                metrics.EDGE_UNREGISTERED.inc()
                socket.perform(socket.session.close(CloseCode.GOING_AWAY, "connect again"))


def _is_settled(socket: Socket) -> bool:
    return socket.session.state is State.LIVE and socket.registered
