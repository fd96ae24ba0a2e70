"""An edge without its transport: every socket, what is delivered to them, and what happens to all of them at once."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import structlog

from bus.errors import BusError
from bus.ports import Producer
from producer_gateway.chat_view import ChatView
from producer_gateway.content import ContentConfig
from producer_gateway.edge.admission import Admission
from producer_gateway.edge.arrivals import Arrivals, ArrivalsConfig
from producer_gateway.edge.commands import Commands
from producer_gateway.edge.comparing import Comparing, ComparingConfig
from producer_gateway.edge.connection import Connection
from producer_gateway.edge.departures import Departures, DeparturesConfig
from producer_gateway.edge.effects import (
    Acknowledge,
    Authenticate,
    LoadChanges,
    LoadHistory,
    Reauthenticate,
    Submit,
    TellTyping,
)
from producer_gateway.edge.evictions import Evictions, EvictionsConfig
from producer_gateway.edge.gatekeeping import EdgeLimits, Gatekeeper
from producer_gateway.edge.heads import Heads
from producer_gateway.edge.pushes import Push, push_of
from producer_gateway.edge.questions import Questions, ReadingConfig, Readings
from producer_gateway.edge.receipts import ReceiptBuffer, ReceiptBufferConfig
from producer_gateway.edge.reports import Reports, ReportsConfig
from producer_gateway.edge.roll_call import RollCall, RollCallConfig
from producer_gateway.edge.session import EdgeSession, SessionConfig, State
from producer_gateway.edge.socket import Slots, Socket
from producer_gateway.edge.typists import Typists, TypistsConfig
from producer_gateway.incarnation import ProcessLife, Resident
from producer_gateway.submitting import Memberships, Submitter
from producer_gateway.tokens import AccessTokens
from producer_gateway.user_topics import CommandTopics
from schemas import metrics
from schemas.deliveries import Delivery
from schemas.errors import CloseCode
from schemas.frames import CONNECT_TIMEOUT_SECONDS, Connect, Read
from schemas.ids import new_session_id
from store.ports import Store

log = structlog.get_logger(__name__)

_LAST_REPORTS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    node: str = "edge-1"
    connect_seconds: float = CONNECT_TIMEOUT_SECONDS
    """How long a socket may take to say `connect`."""
    commands_under_way: int = 256
    """Of one socket; it is not read while there are as many."""
    questions_under_way: int = 8
    limits: EdgeLimits = field(default_factory=EdgeLimits)
    content: ContentConfig = field(default_factory=ContentConfig)
    session: SessionConfig = field(default_factory=SessionConfig)
    reading: ReadingConfig = field(default_factory=ReadingConfig)
    comparing: ComparingConfig = field(default_factory=ComparingConfig)
    departures: DeparturesConfig = field(default_factory=DeparturesConfig)
    reports: ReportsConfig = field(default_factory=ReportsConfig)
    evictions: EvictionsConfig = field(default_factory=EvictionsConfig)
    roll_call: RollCallConfig = field(default_factory=RollCallConfig)
    typists: TypistsConfig = field(default_factory=TypistsConfig)
    receipts: ReceiptBufferConfig = field(default_factory=ReceiptBufferConfig)
    drain_receipts_seconds: float = 2.0


class OpenSocket:
    """What the transport holds of a socket."""

    __slots__ = ("_node", "_socket")

    def __init__(self, node: "EdgeNode", socket: Socket) -> None:
        self._node = node
        self._socket = socket

    async def receive(self, data: str | bytes) -> None:
        """Take one message, text as str. Returns when the next may be taken: the transport must not call it before,
        and should not read on, so that a client that is ahead of Kafka is slowed down."""
        await self._node.receive(self._socket, data)

    def closed(self) -> None:
        """The connection is over; may be said more than once."""
        self._socket.end()

    def close(self, code: CloseCode, reason: str) -> None:
        """End the session, and with it the connection."""
        self._socket.perform(self._socket.session.close(code, reason))


class EdgeNode:
    """`run` drives what is not driven by the sockets themselves; questions and evictions run in `tasks`."""

    def __init__(
        self,
        store: Store,
        producer: Producer,
        topics: CommandTopics,
        submitter: Submitter,
        memberships: Memberships,
        tokens: AccessTokens,
        life: ProcessLife,
        tasks: asyncio.TaskGroup,
        now: Callable[[], datetime],
        random: Random,
        config: EdgeConfig,
        new_id: Callable[[], str] = new_session_id,
    ) -> None:
        self._topics = topics
        self._memberships = memberships
        self._random = random
        self._config = config
        self._open: dict[Socket, None] = {}
        self._sessions: dict[str, Socket] = {}
        readings = Readings(store.conversations, config.reading)
        evictions = Evictions(self._close_replaced, producer, tasks, random, config.evictions)
        self._gatekeeper = Gatekeeper(config.limits)
        self._admission = Admission(tokens, store.logins, life, now, new_id)
        self._reports = Reports(producer, random, config.reports)
        self._departures = Departures(store.sessions, self._reports.closed, random, config.departures)
        self._heads = Heads(store.conversations)
        self._receipts = ReceiptBuffer(self._heads, producer, random, config.receipts)
        arrivals = ArrivalsConfig(edge=config.node)
        self._arrivals = Arrivals(
            store, life, readings, evictions, self._departures, self._heads, self._reports, now, arrivals
        )
        self._commands = Commands(submitter, life, random)
        self._questions = Questions(store.conversations, memberships, readings, tasks)
        self._comparing = Comparing(self._sessions.values, self._arrivals, life, random, config.comparing)
        self._roll_call = RollCall(self._sessions.values, store.sessions, random, config.roll_call)
        self._typists = Typists(store.contacts, store.sessions, producer, config.typists)
        self.resident = Resident(self.deliver, self._comparing.want, self._missed)

    # Sockets.

    def open(self, connection: Connection) -> OpenSocket:
        """A connection was made: it has to say `connect` in time."""
        config = self._config
        commands, questions = Slots(config.commands_under_way), Slots(config.questions_under_way)
        socket = Socket(connection, EdgeSession(config.session), self._ended, commands, questions)
        session = socket.session
        socket.set_timer(
            config.connect_seconds,
            lambda: socket.perform(session.close(CloseCode.CONNECT_TIMEOUT, "no connect in time")),
        )
        self._open[socket] = None
        metrics.EDGE_SOCKETS.set(len(self._open))
        return OpenSocket(self, socket)

    @property
    def sockets(self) -> int:
        return len(self._open)

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    async def receive(self, socket: Socket, data: str | bytes) -> None:
        now = asyncio.get_running_loop().time()
        if not self._gatekeeper.lets_in(socket, now):
            return
        for effect in socket.session.receive(data):
            if not self._gatekeeper.lets_pass(socket, effect, now):
                return
            match effect:
                case Submit():
                    await self._commands.submit(socket, effect)
                case LoadHistory() | LoadChanges():
                    await self._questions.ask(socket, effect)
                case Authenticate(frame):
                    await self._connect(socket, frame)
                case Reauthenticate(frame):
                    await self._admission.refresh(socket, frame)
                case TellTyping(frame):
                    self._typists.take(socket.session.user, frame.conversation, on=frame.on)
                case Acknowledge():
                    await self._acknowledge(socket, effect)
                case _:
                    socket.perform((effect,))

    async def _acknowledge(self, socket: Socket, effect: Acknowledge) -> None:
        frame, user = effect.frame, socket.session.user
        if not effect.known_member:
            code = await self._memberships.refusal(frame.conversation, user)
            if code is not None:
                return socket.perform(socket.session.unanswered(frame.id, code))
        read = frame.seq if isinstance(frame, Read) else 0
        self._receipts.take(user, frame.conversation, delivered=frame.seq, read=read, session=socket.address)
        return None

    async def _connect(self, socket: Socket, frame: Connect) -> None:
        record = self._admission.authenticate(socket, frame)
        if record is None:
            return
        socket.record = record
        self._sessions[record.id] = socket
        self._topics.hold(record.user)
        metrics.EDGE_SESSIONS.set(len(self._sessions))
        await self._arrivals.connect(socket, frame)
        if self._comparing.is_outdated(socket):
            self._comparing.want()

    def _ended(self, socket: Socket) -> None:
        self._open.pop(socket, None)
        metrics.EDGE_SOCKETS.set(len(self._open))
        if socket.record is not None:
            del self._sessions[socket.record.id]
            self._departures.add(socket.record.id, socket.record.user)
            self._topics.release(socket.record.user)
            metrics.EDGE_SESSIONS.set(len(self._sessions))

    def _close_replaced(self, session: str) -> bool:
        socket = self._sessions.get(session)
        if socket is not None:
            socket.perform(socket.session.close(CloseCode.REPLACED, "replaced by a newer socket of the same device"))
        return socket is not None

    # Deliveries.

    def deliver(self, delivery: Delivery) -> None:
        """Hand a frame, or the word to close, to those of its sessions that are here."""
        push = None if delivery.frame is None else push_of(delivery.frame)
        if push is not None and push.type == "message":
            self._heads.note(push.conversation, push.seq)
        for address in delivery.to:
            socket = self._sessions.get(address)
            if socket is None:
                self._departures.add(address)  # the store does not know yet
                metrics.EDGE_ASTRAY.inc()
                continue
            metrics.EDGE_DELIVERED.inc()
            if push is not None:
                if push.type in ("gone", "ended"):
                    self._memberships.forget(push.conversation, socket.session.user)
                for seen in (push,) if socket.view is None else _seen(socket.view, delivery):
                    socket.perform(socket.session.deliver(seen))
            if delivery.close is not None:
                socket.perform(socket.session.close(_close_code(delivery.close), "closed by the server"))

    def _missed(self) -> None:
        """Deliveries were lost: before another one is passed on, every session has to ask the store."""
        for socket in tuple(self._sessions.values()):
            if socket.session.state is State.CONNECTING:
                # Too early to compare, too late to trust its snapshot.
                socket.perform(socket.session.close(CloseCode.GOING_AWAY, "connect again"))
            socket.session.begin_comparing()
        self._comparing.want()

    # All of them.

    async def run(self) -> None:
        """Tell who left, keep sessions and store in step, and pass on who types, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._departures.run(), name="departures")
            tasks.create_task(self._reports.run(), name="presence")
            tasks.create_task(self._comparing.run(), name="comparing")
            tasks.create_task(self._roll_call.run(), name="roll-call")
            tasks.create_task(self._typists.run(), name="typists")
            tasks.create_task(self._receipts.run(), name="receipts")

    async def drain(self, seconds: float) -> None:
        """End every socket with GOING_AWAY, spread over the time, so that clients do not all come back at once; then
        tell the store. Raises StoreUnavailable when it could not be told."""
        sockets = list(self._open)
        self._random.shuffle(sockets)
        for socket in sockets:
            socket.perform(socket.session.close(CloseCode.GOING_AWAY, "this edge is going away"))
            await asyncio.sleep(seconds / len(sockets))
        await self._drain_receipts()
        await self._departures.flush()
        await self._report_the_last()

    async def _report_the_last(self) -> None:
        try:
            async with asyncio.timeout(_LAST_REPORTS_SECONDS):
                await self._reports.flush()
        except (BusError, TimeoutError) as error:
            log.warning("presence_not_reported", error=repr(error))  # session expiry finds out

    async def _drain_receipts(self) -> None:
        try:
            async with asyncio.timeout(self._config.drain_receipts_seconds):
                await self._receipts.drain()
        except TimeoutError:
            log.warning("receipts_not_drained")  # what clients miss in their next snapshot they say again


def _seen(view: ChatView, delivery: Delivery) -> Iterator[Push]:
    """A delivery as one who sits in an ephemeral chat sees it."""
    return map(push_of, () if delivery.frame is None else view.frames(delivery.frame))


def _close_code(code: int) -> CloseCode:
    return CloseCode(code) if code in _CLOSE_CODES else CloseCode.GOING_AWAY


_CLOSE_CODES = frozenset(CloseCode)
