"""What keeps a client going: sockets one after another, the token, the clock."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TypeVar

import structlog

from parley_client.backoff import Backoff
from parley_client.connection import Connection, Disconnection, open_connection
from parley_client.edges import Edges
from parley_client.errors import BadFrame, Closed, NotFound, RequestFailed, Unauthenticated, Unreachable, WrongPassword
from parley_client.events import (
    ChatEnded,
    Connected,
    Connecting,
    Disconnected,
    Event,
    SendChanged,
    SentMessage,
    SignedOut,
)
from parley_client.inbox import Inbox
from parley_client.rest import ConversationPage, Rest
from parley_client.signing import Entry
from parley_client.state import ClientState, Output
from schemas.errors import CloseCode

RECONNECT = Backoff(base=0.5, cap=20.0, least=0.0)
LEARN = Backoff(base=1.0, cap=60.0)
STEADY_SECONDS = 10.0
"""A socket that lived so long was a good one: the next failure is the first again."""
CONNECT_SECONDS = 10.0

_TERMINAL = frozenset(code for code in CloseCode if code.terminal)

E = TypeVar("E", bound=Exception)

log = structlog.get_logger(__name__)


class Engine:
    """Drives the core: feeds it frames and time, carries out what it wants sent, passes on what it tells."""

    def __init__(
        self,
        rest: Rest,
        sign_in: Entry,
        device: str,
        state: ClientState,
        inbox: Inbox,
        random: Random,
        on_sent: Callable[[SentMessage], None],
    ) -> None:
        """`on_sent` hears of every change of a command, before the inbox does."""
        self._rest = rest
        self._sign_in = sign_in
        self._device = device
        self._state = state
        self._inbox = inbox
        self._random = random
        self._on_sent = on_sent
        self._edges = Edges(rest)
        self._connection: Connection | None = None
        self._since: float | None = None  # when the socket became connected
        self._over: str | None = None  # why coming back would not help
        self._moved = asyncio.Event()
        self._incomplete = asyncio.Event()

    async def run(self) -> Exception:
        """Until cancelled, or until it is over for good: returns why (Closed, or whatever broke it)."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._stay_connected())
                tasks.create_task(self._stay_signed_in())
                tasks.create_task(self._keep_time())
                tasks.create_task(self._learn())
        except ExceptionGroup as group:
            closed = _of(Closed, group)
            if closed is None:
                log.exception("client_failed")
            return closed or group
        raise AssertionError("not all of the tasks return")

    def do(self, output: Output) -> None:
        """Send what is to be sent, if there is a socket, and tell what is to be told."""
        if self._connection is not None:
            self._connection.send(output.frames)
        for event in output.events:
            self._note(event)
        self._inbox.put(output.events)
        self._moved.set()

    def _note(self, event: Event) -> None:
        match event:
            case SendChanged(sent):
                self._on_sent(sent)
            case Connected(more=True):
                self._incomplete.set()
            case SignedOut():
                self._over = "signed out"
            case ChatEnded():
                self._over = "the chat has ended"

    async def _stay_connected(self) -> None:
        tries = 0
        while True:
            token = self._sign_in.token
            failure = await self._one_socket(token)
            self._state.disconnected()
            steady = self._since is not None and _now() - self._since > STEADY_SECONDS
            self._since = None
            tries = 0 if steady else tries + 1
            await self._consider(failure, token)
            wait = max(RECONNECT.wait(tries, self._random), getattr(failure, "retry_after", None) or 0.0)
            self._inbox.put([Disconnected(str(failure), wait, getattr(failure, "code", None))])
            await asyncio.sleep(wait)

    async def _consider(self, failure: Exception, token: str) -> None:
        """Whether to come back, and how. Raises Closed."""
        code = failure.code if isinstance(failure, Disconnection) else None
        if self._over is not None:
            raise Closed(self._over, code)
        if code in _TERMINAL:
            raise Closed(str(failure), code)
        if code == CloseCode.AUTHENTICATE or isinstance(failure, Unauthenticated):
            try:
                await self._sign_in.renew(token)
            except (WrongPassword, NotFound) as error:
                raise Closed(str(error), code) from None
            except (RequestFailed, Unreachable) as error:
                log.warning("token_not_renewed", error=str(error))

    async def _one_socket(self, token: str) -> Exception:
        """Live on one socket; returns why it ended."""
        try:
            url = await self._edges.next()
            self._inbox.put([Connecting(url)])
            await self._live_on(url, token)
        except (Disconnection, RequestFailed, Unreachable, BadFrame) as failure:
            return failure
        except ExceptionGroup as group:
            ended = _of(Disconnection, group) or _of(BadFrame, group)
            if ended is None:
                raise
            return ended
        raise AssertionError("a socket that has ended says why")

    async def _live_on(self, url: str, token: str) -> None:
        try:
            async with open_connection(url) as connection, asyncio.TaskGroup() as tasks:
                connection.send([self._state.connect_frame(token, self._device)])
                tasks.create_task(connection.run())
                tasks.create_task(self._read(connection))
        finally:
            self._connection = None

    async def _read(self, connection: Connection) -> None:
        self._connection = connection
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while not self._state.connected:
                    await self._take(connection)
        except TimeoutError:
            raise Disconnection("the server does not answer `connect`") from None
        self._since = _now()
        while True:
            await self._inbox.room()
            await self._take(connection)

    async def _take(self, connection: Connection) -> None:
        frame = await connection.receive()
        self.do(self._state.receive(frame, _now()))

    async def _stay_signed_in(self) -> None:
        while True:
            token = await self._sign_in.next_token()
            self.do(self._state.refresh(token))

    async def _keep_time(self) -> None:
        """Do what the core has planned for later."""
        while True:
            self._moved.clear()
            due = self._state.next_due()
            try:
                async with asyncio.timeout_at(due):
                    await self._moved.wait()
            except TimeoutError:
                self.do(self._state.tick(_now()))

    async def _learn(self) -> None:
        """Follow the conversations that the first `connected` had no room for."""
        await self._incomplete.wait()
        page = await self._page(None)
        self.do(self._state.learn(page.conversations, _now()))
        while page.next is not None:
            page = await self._page(page.next)
            self.do(self._state.learn(page.conversations, _now()))

    async def _page(self, cursor: str | None) -> ConversationPage:
        tries = 0
        while True:
            try:
                return await self._rest.conversations(cursor)
            except (RequestFailed, Unreachable) as error:
                log.warning("conversations_not_read", error=str(error), tries=tries)
            await asyncio.sleep(LEARN.wait(tries, self._random))
            tries += 1


def _of(kind: type[E], group: ExceptionGroup[Exception]) -> E | None:
    """The first failure of that kind among those that ended one thing together; None when there are others too."""
    for error in group.exceptions:
        if not isinstance(error, (Disconnection, BadFrame, Closed)):
            return None
    return next((error for error in group.exceptions if isinstance(error, kind)), None)


def _now() -> float:
    return asyncio.get_running_loop().time()
