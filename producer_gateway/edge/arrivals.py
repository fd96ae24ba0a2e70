"""How a socket becomes a live session."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.ephemeral import ending_at
from producer_gateway.chat_view import ChatView
from producer_gateway.edge.departures import Departures
from producer_gateway.edge.effects import Send
from producer_gateway.edge.evictions import Evictions
from producer_gateway.edge.fitting import encode
from producer_gateway.edge.heads import Heads
from producer_gateway.edge.questions import Readings
from producer_gateway.edge.reports import Reports
from producer_gateway.edge.socket import Socket
from producer_gateway.incarnation import ProcessLife
from schemas import metrics
from schemas.errors import CloseCode, ErrorCode
from schemas.frames import Connect, Connected, Ended, Notice
from schemas.messages import Summary, UserView
from store.errors import StoreUnavailable
from store.ports import Page, Store


@dataclass(frozen=True, slots=True)
class ArrivalsConfig:
    edge: str
    """The node's name, as clients are told it."""
    conversations: int = 100
    """How many conversations `connected` shows."""


class Arrivals:
    """No message falls between the snapshot and the live deliveries: a session is registered BEFORE its snapshot is
    read, and writers look sessions up AFTER they have stored; what is delivered meanwhile waits in the session."""

    def __init__(
        self,
        store: Store,
        life: ProcessLife,
        readings: Readings,
        evictions: Evictions,
        departures: Departures,
        heads: Heads,
        reports: Reports,
        now: Callable[[], datetime],
        config: ArrivalsConfig,
    ) -> None:
        self._store = store
        self._life = life
        self._readings = readings
        self._evictions = evictions
        self._departures = departures
        self._heads = heads
        self._reports = reports
        self._now = now
        self._config = config

    async def connect(self, socket: Socket, frame: Connect) -> None:
        """Make a socket whose user is known live, or end it."""
        started = asyncio.get_running_loop().time()
        try:
            async with self._readings.at_once:
                await self.register([socket])
            await self._tell(socket, frame)
        except StoreUnavailable:
            return socket.perform(socket.session.refused(ErrorCode.UNAVAILABLE, CloseCode.GOING_AWAY, frame.id))
        metrics.EDGE_CONNECT_SECONDS.observe(asyncio.get_running_loop().time() - started)
        return socket.perform(socket.session.go_live())

    async def register(self, sockets: Sequence[Socket], *, again: bool = False) -> None:
        """Make sessions known under the process's present address, and close what they replace. Raises
        StoreUnavailable."""
        topic, incarnation = self._life.topic, self._life.incarnation
        for socket in sockets:
            if socket.record is not None:
                socket.record = replace(socket.record, edge_topic=topic, incarnation=incarnation)
        records = [socket.record for socket in sockets if socket.record is not None]
        try:
            closing = await self._store.sessions.register(records, again=again)
        finally:
            for socket in sockets:
                if socket.over:
                    self._departures.add(socket.address, socket.session.user)  # removed before it was registered
        for socket in sockets:
            socket.registered = True
            self._reports.opened(socket.session.user, socket.address)
        for replaced in closing.values():
            self._evictions.evict(replaced)

    async def _tell(self, socket: Socket, frame: Connect) -> None:
        user, page, online = await self._snapshot(socket)
        if socket.view is not None and not page.items:
            return await self._tell_end(socket, socket.view, frame.id)
        if user is None:
            effects = socket.session.refused(ErrorCode.UNAUTHENTICATED, CloseCode.AUTHENTICATE, frame.id)
            return socket.perform(effects)
        connected = Connected(
            id=frame.id,
            session=socket.address,
            user=user,
            edge=self._config.edge,
            conversations=page.items,
            more=page.next is not None,
            online=online,
            resumed=bool(frame.cursors),
        )
        await socket.perform_paced(socket.session.connected(connected, frame.cursors))
        if socket.view is not None:
            await self._warn(socket, page.items[0])
        return await self._readings.tell_changes(socket, frame.cursors)

    async def _warn(self, socket: Socket, summary: Summary) -> None:
        """Who comes when his chat is about to end for its silence is told so, as whoever was there has been."""
        chat = await self._store.chats.get(summary.id)
        begun_at = None if chat is None else chat.begun_at
        if chat is None or begun_at is None:
            return
        at = ending_at(max(summary.updated_at, begun_at), chat.inactivity, self._now())
        if at is not None:
            notice = Notice(conversation=summary.id, code="inactivity_soon", at=at)
            socket.perform((Send(encode(notice)),))

    async def _snapshot(self, socket: Socket) -> tuple[UserView | None, Page[Summary], tuple[str, ...]]:
        """Nobody, when the user is no more or his sign-in has ended: read after the session was registered, for
        whoever ends a sign-in marks it first and looks for its sessions then."""
        user, record = socket.session.user, socket.record
        async with self._readings.at_once:
            ended = await self._store.logins.ended([] if record is None else [record.login])
            found = None if ended else await self._user(socket)
            page = await self._store.conversations.summaries(user, self._config.conversations)
            contacts = (await self._store.contacts.of([user])).get(user, ())
            online = await self._store.presences.online(contacts) if contacts else ()
        self._heads.note_all(page.items)
        return found, _shown(socket, page), tuple(sorted(online))

    async def _user(self, socket: Socket) -> UserView | None:
        if socket.view is not None:
            return socket.view.user
        user = socket.session.user
        found = (await self._store.users.get([user])).get(user)
        return None if found is None else found.view()

    async def _tell_end(self, socket: Socket, view: ChatView, client_id: str | None = None) -> None:
        """His chat has ended while he could not be told: there is no more of it than by whom."""
        found = (await self._store.decisions.load([view.conversation])).get(view.conversation)
        by = None if found is None else found.ended_by
        ended = Ended(conversation=view.conversation, by=view.ended_by(by or "expired"))
        socket.perform((Send(encode(ended)),))
        socket.perform(socket.session.refused(ErrorCode.CONVERSATION_ENDED, CloseCode.AUTHENTICATE, client_id))

    async def compare(self, socket: Socket) -> None:
        """Tell a session whose deliveries may have gone astray what the store knows beyond what it was sent, then let
        it go on. Raises StoreUnavailable; its deliveries wait on then."""
        async with self._readings.at_once:
            page = await self._store.conversations.summaries(socket.session.user, self._config.conversations)
        if socket.view is not None and not page.items:
            return await self._tell_end(socket, socket.view)
        self._heads.note_all(page.items)
        await socket.perform_paced(socket.session.appeared(_shown(socket, page).items, self._readings.most_changes))
        await self._readings.tell_changes(socket, socket.session.cursors())
        return socket.perform(socket.session.go_live())


def _shown(socket: Socket, page: Page[Summary]) -> Page[Summary]:
    return page if socket.view is None else replace(page, items=socket.view.summaries(page.items))
