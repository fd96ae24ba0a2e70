"""Live sessions brought up to date, after their edge's lease had lapsed or deliveries were lost."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from producer_gateway.edge.arrivals import Arrivals
from producer_gateway.edge.session import State
from producer_gateway.edge.socket import Socket
from producer_gateway.incarnation import ProcessLife
from store.errors import StoreError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ComparingConfig:
    registered_at_once: int = 200
    compared_at_once: int = 200
    """Sessions whose clients are being told; reading the store is bounded apart from this."""
    retry_seconds: float = 0.5


class Comparing:
    """Registers sessions under the process's new address, then tells each what it missed.

    A session holds its deliveries back from before it is registered until it has been told: what was stored before is
    in what it is told, what is stored later is delivered to the new address.
    """

    def __init__(
        self,
        sockets: Callable[[], Iterable[Socket]],
        arrivals: Arrivals,
        life: ProcessLife,
        random: Random,
        config: ComparingConfig,
    ) -> None:
        self._sockets = sockets
        self._arrivals = arrivals
        self._life = life
        self._random = random
        self._config = config
        self._wanted = asyncio.Event()
        self._under_way: set[Socket] = set()
        self._room = asyncio.Semaphore(config.compared_at_once)

    def want(self) -> None:
        """Some sessions may be out of date."""
        self._wanted.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                try:
                    while sockets := self._outdated():
                        await self._bring_up_to_date(sockets, tasks)
                except StoreError as error:
                    await self._try_later(error)

    def is_outdated(self, socket: Socket) -> bool:
        state, record = socket.session.state, socket.record
        if state is State.LIVE and record is not None:
            return not socket.registered or record.incarnation != self._life.incarnation
        return state is State.COMPARING

    def _outdated(self) -> Sequence[Socket]:
        found = [s for s in self._sockets() if s not in self._under_way and self.is_outdated(s)]
        return found[: self._config.registered_at_once]

    async def _bring_up_to_date(self, sockets: Sequence[Socket], tasks: asyncio.TaskGroup) -> None:
        for socket in sockets:
            socket.session.begin_comparing()
            socket.registered = False
        await self._arrivals.register(sockets, again=True)
        for socket in sockets:
            await self._room.acquire()
            self._under_way.add(socket)
            tasks.create_task(self._compare(socket), name="comparing")

    async def _compare(self, socket: Socket) -> None:
        try:
            await self._arrivals.compare(socket)
        except StoreError as error:
            await self._try_later(error)
        finally:
            self._room.release()
            self._under_way.discard(socket)
            if self.is_outdated(socket):
                self._wanted.set()

    async def _try_later(self, error: StoreError) -> None:
        log.warning("sessions_not_compared", error=repr(error))
        await asyncio.sleep(self._config.retry_seconds * self._random.uniform(0.5, 1.5))
        self._wanted.set()
