"""An open socket at the node: its connection, its session, and what is under way for it."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from domain.limits import Bucket
from producer_gateway.chat_view import ChatView
from producer_gateway.edge.connection import Connection
from producer_gateway.edge.effects import Close, CloseLater, Effect, Send
from producer_gateway.edge.session import EdgeSession
from producer_gateway.edge.turns import Turns
from schemas import metrics
from schemas.errors import CloseCode
from store.ports import Session

_KEPT_BACK_SECONDS = 5.0
"""Longer than what a client had sent before it heard of a failure is under way."""


class Slots:
    """How many things one socket may have under way; whoever reads the socket waits here, so that it is not read."""

    __slots__ = ("_free", "_waiter")

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiter: asyncio.Future[None] | None = None

    async def take(self) -> None:
        """Wait for a free slot. Only one may wait at a time."""
        while not self._free:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._free -= 1

    def give(self) -> None:
        self._free += 1
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Socket:
    """Carries out what its session asks of the connection, until either is over; `ended` is then called once."""

    __slots__ = (
        "_connection",
        "_ended",
        "_timer",
        "commands",
        "frames",
        "over",
        "question",
        "questions",
        "record",
        "registered",
        "session",
        "turns",
        "view",
    )

    def __init__(
        self,
        connection: Connection,
        session: EdgeSession,
        ended: "Callable[[Socket], None]",
        commands: Slots,
        questions: Slots,
    ) -> None:
        self._connection = connection
        self._ended = ended
        self.session = session
        self.commands = commands
        self.questions = questions
        self.turns = Turns(_KEPT_BACK_SECONDS)
        self.frames = Bucket()
        """What is left to it of the frames that a socket may send."""
        self.question = asyncio.Lock()
        """Held by the one that is being answered."""
        self.record: Session | None = None
        """What the store is told of the session, from when its user is known."""
        self.view: ChatView | None = None
        """What he sees through, when he sits in an ephemeral chat."""
        self.registered = False
        """Whether the store knows it like that."""
        self._timer: asyncio.TimerHandle | None = None
        self.over = False

    @property
    def address(self) -> str:
        """The session's id, by which it is reached; empty until its user is known."""
        return "" if self.record is None else self.record.id

    def perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if self.over:
                return
            if isinstance(effect, Send):
                self._connection.send(effect.frame)
            elif isinstance(effect, Close):
                metrics.EDGE_CLOSED.labels(effect.code).inc()
                self._connection.close(effect.code, effect.reason)
                self.end()
            elif isinstance(effect, CloseLater):
                _, code, reason = effect
                self.set_timer(effect.seconds, partial(self._close, code, reason))

    def _close(self, code: CloseCode, reason: str) -> None:
        self.perform(self.session.close(code, reason))

    async def perform_paced(self, effects: Iterable[Effect]) -> None:
        """Frames that may be many or large: each waits for room in the outbox."""
        for effect in effects:
            await self._connection.room()
            self.perform((effect,))

    def set_timer(self, seconds: float, run_out: Callable[[], None]) -> None:
        """For what has to come in time: `connect`, later a fresh token. Takes the place of the timer before."""
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, run_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> None:
        """The connection is closed, or about to be."""
        if not self.over:
            self.over = True
            self.session.close(CloseCode.NORMAL, "")  # whoever still works for it shall stop
            self._stop_timer()
            self._ended(self)
