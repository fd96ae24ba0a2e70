"""The client: signs in, stays connected, sends until there is an outcome, and tells what happens in order."""

import asyncio
from collections.abc import Sequence
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx
from ulid import ULID

from parley_client.engine import Engine
from parley_client.errors import Closed, Rejected, StillSending
from parley_client.events import Disconnected, Event, MessageChanged, SendState, SentMessage
from parley_client.inbox import Inbox
from parley_client.models import User
from parley_client.rest import Rest
from parley_client.signing import Entry, Seat, SeatEntry, SignIn
from parley_client.state import Change, ClientState

SEND_SECONDS = 30.0
EVENTS_LIMIT = 1000


class Client:
    """One user's connection to Parley, from `connect` (or `async with`) to `close`.

    Iterating gives the events of `parley_client.events`: every change of every conversation once and in rev order,
    however often the socket breaks meanwhile. Events have to be read: after EVENTS_LIMIT unread ones nothing more is
    taken from the socket, answers to `send` included, until the server gives the socket up and it is resumed.

    Iteration ends with `close`; it raises Closed when coming back would not help (the close code says why).
    """

    def __init__(
        self,
        base_url: str,
        *,
        username: str = "",
        password: str = "",
        seat: Seat | None = None,
        device: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        random: Random | None = None,
    ) -> None:
        """`base_url`: the app's address. Either username and password, or a seat in an ephemeral chat. `device`: names
        this running client; a second one of that name replaces it."""
        self.rest = Rest(base_url, transport)
        random = random or Random()
        device = device or f"py-{ULID()}"
        self._sign_in: Entry = (
            SignIn(self.rest, username, password, device, random) if seat is None else SeatEntry(self.rest, seat)
        )
        self._state = ClientState(lambda: str(ULID()), random)
        self._inbox = Inbox(EVENTS_LIMIT)
        self._engine = Engine(self.rest, self._sign_in, device, self._state, self._inbox, random, self._settle)
        self._ended: Exception | None = None
        self._waiting: dict[str, tuple[SendState, asyncio.Future[SentMessage]]] = {}
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.connect()
        except BaseException:
            await self.rest.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def connect(self) -> User:
        """Sign in and begin to connect; what becomes of that is told by events. Messages can be sent from now on.

        Raises WrongPassword, RequestFailed, Unreachable.
        """
        user = await self._sign_in.sign_in()
        self._running = asyncio.create_task(self._run(), name="parley-client")
        return user

    async def close(self) -> None:
        """Disconnect. Commands without an outcome are left in `unsettled`."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self.rest.close()

    @property
    def unsettled(self) -> Sequence[SentMessage]:
        """The messages that have no outcome yet, in order."""
        return self._state.unsettled

    @property
    def duplicates(self) -> int:
        """How many pushes came again and were dropped."""
        return self._state.duplicates

    def submit(
        self,
        conversation: str,
        text: str | None,
        *,
        media: Sequence[str] = (),
        reply_to: int | None = None,
        mentions: Sequence[str] = (),
    ) -> SentMessage:
        """Send a message, now or as soon as there is a socket; SendChanged events tell what becomes of it. `media` are
        ids that `rest.files.upload` gave; with any, `text` may be None.

        Raises OutboxFull, FrameTooLarge and Closed: then it was not taken.
        """
        if self._ended is not None:
            raise self._ended
        now = asyncio.get_running_loop().time()
        sent, output = self._state.send(conversation, text, now, media=media, reply_to=reply_to, mentions=mentions)
        self._engine.do(output)
        return sent

    async def send(
        self,
        conversation: str,
        text: str | None,
        *,
        media: Sequence[str] = (),
        reply_to: int | None = None,
        mentions: Sequence[str] = (),
        until: SendState = SendState.ACCEPTED,
        timeout: float = SEND_SECONDS,
    ) -> SentMessage:
        """Send a message and wait until it is accepted (it cannot be lost any more) or sent (it has its number).

        Raises Rejected; StillSending when that takes longer than `timeout` seconds (it goes on being sent); and what
        `submit` raises.
        """
        sent = self.submit(conversation, text, media=media, reply_to=reply_to, mentions=mentions)
        outcome: asyncio.Future[SentMessage] = asyncio.get_running_loop().create_future()
        self._waiting[sent.id] = until, outcome
        try:
            async with asyncio.timeout(timeout):
                return await outcome
        except TimeoutError:
            raise StillSending(sent.id) from None
        finally:
            del self._waiting[sent.id]

    def edit(self, conversation: str, seq: int, text: str) -> SentMessage:
        """Replace the text of a message of one's own. SendChanged events tell what becomes of it, MessageChanged what
        the message is then. Raises like `submit`, as do `delete` and `react`."""
        return self._change("edit", conversation, seq, text=text)

    def delete(self, conversation: str, seq: int) -> SentMessage:
        """Leave nothing of a message but that there was one: of one's own, or as an admin of the group."""
        return self._change("delete", conversation, seq)

    def react(self, conversation: str, seq: int, emoji: str, *, on: bool = True) -> SentMessage:
        """Put one's reaction to a message, or take it away."""
        return self._change("react", conversation, seq, emoji=emoji, on=on)

    def _change(self, kind: Change, conversation: str, seq: int, **given: Any) -> SentMessage:
        if self._ended is not None:
            raise self._ended
        sent, output = self._state.change(kind, conversation, seq, asyncio.get_running_loop().time(), **given)
        self._engine.do(output)
        return sent

    def read(self, conversation: str, seq: int) -> None:
        """The user has read everything up to this seq. That the application got a message is told by itself."""
        self._engine.do(self._state.read(conversation, seq, asyncio.get_running_loop().time()))

    def status(self, conversation: str, seq: int) -> SendState:
        """How far a stored message of one's own has come with all others: SENT, DELIVERED or READ."""
        return self._state.status(conversation, seq)

    def typing(self, conversation: str, *, on: bool = True) -> None:
        """Say that the user types there, as often as he does, or that he stopped. Without a socket nobody is told."""
        self._engine.do(self._state.type(conversation, asyncio.get_running_loop().time(), on=on))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        try:
            event = await self._inbox.get()
        except _LeftError:
            raise StopAsyncIteration from None
        if isinstance(event, MessageChanged):
            self._engine.do(self._state.handed(event.message, asyncio.get_running_loop().time()))
        return event

    async def _run(self) -> None:
        end: Exception = _LeftError("the client was closed")
        try:
            end = await self._engine.run()
        finally:
            self._end(end)

    def _end(self, reason: Exception) -> None:
        self._state.disconnected()
        self._ended = Closed(str(reason)) if isinstance(reason, _LeftError) else reason
        self._inbox.put([Disconnected(str(reason), None, getattr(reason, "code", None))])
        self._inbox.end(reason)
        for _, outcome in self._waiting.values():
            if not outcome.done():
                outcome.set_exception(self._ended)

    def _settle(self, sent: SentMessage) -> None:
        until, outcome = self._waiting.get(sent.id, (None, None))
        if outcome is None or outcome.done():
            return
        if sent.error is not None:
            error = sent.error
            outcome.set_exception(Rejected(error.code, error.message, retry=error.retry))
        elif sent.state.is_stored or sent.state is until:
            outcome.set_result(sent)


class _LeftError(Exception):
    """The application closed the client."""
