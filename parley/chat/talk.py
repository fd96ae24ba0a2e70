"""A talk: what is typed goes out, what happens is shown."""

import asyncio

from parley.chat import lines
from parley.chat.places import Places
from parley.chat.screens import Screen
from parley_client import Client, SendState, SentMessage
from parley_client.errors import Closed, FrameTooLarge, OutboxFull, ParleyError, RequestFailed
from parley_client.events import (
    ChatEnded,
    Connected,
    Connecting,
    ConversationChanged,
    ConversationGone,
    ConversationReset,
    Disconnected,
    Event,
    Failed,
    MessageChanged,
    Noticed,
    SendChanged,
    SignedOut,
    StatusChanged,
    TypingChanged,
)
from parley_client.models import Message, OpenedConversation, User
from parley_client.rest import Pending
from schemas.errors import ErrorCode

PAGE = 20
MAX_PAGE = 200
LEAVE_SECONDS = 30.0
OUTBOX_SECONDS = 60.0


class Talk:
    """One person's talk on one screen. Nothing typed is lost: it is sent, or shown again in the end."""

    def __init__(self, client: Client, me: User, screen: Screen) -> None:
        self._client = client
        self._screen = screen
        self._places = Places(me)
        self._me = me
        self._current: str | None = None
        self._last_own = 0  # the seq of one's last message there
        self._told: dict[str, int] = {}  # the highest rev shown of each conversation that was opened
        self._oldest: dict[str, int] = {}
        self._waiting: dict[str, SentMessage] = {}
        self._typists: dict[tuple[str, str], None] = {}  # conversation and user
        self._online: set[str] = set()
        screen.watch_draft(self._draft_changed)
        self._connection = "not connected"
        self._moved = asyncio.Event()
        self._over = False  # nothing more can be said: what is left is to hear why
        self._ended = False  # and that has been told
        self._refused = False

    async def run(self) -> bool:
        """Until the person leaves or the connection is over for good. True: everything typed was sent."""
        listening = asyncio.create_task(self._listen())
        typing = asyncio.create_task(self._type())
        try:
            await asyncio.wait((listening, typing), return_when=asyncio.FIRST_COMPLETED)
            if typing.done():
                await self._settle(listening)
        finally:
            await _end(listening, typing)
            complete = await self._take_leave()
        return complete

    # Where one is.

    async def load(self) -> None:
        """Learn of the newest conversations."""
        self._places.learn_all((await self._client.rest.conversations()).conversations)

    async def list_conversations(self) -> None:
        await self.load()
        self._screen.show("\n".join(self._places.listed()) or "no conversations yet: /open USERNAME begins one")

    async def open(self, name: str) -> None:
        """Go to a conversation: by its number in the list, its id, a group's name, or somebody's username.

        Raises NotFound, or what else the server answers.
        """
        found = self._places.find(name)
        await (self.open_user(name) if found is None else self.enter(found))

    async def open_user(self, username: str) -> None:
        """Go to the conversation with that user."""
        found = self._places.find(username, kinds=("direct",))
        if found is None:
            user = await self._client.rest.find_user(username)
            found = self._opened(await self._client.rest.direct(user.id))
        await self.enter(found)

    async def open_group(self, name: str, members: tuple[str, ...]) -> None:
        """Go to one's group of that name, made with these users when there is none."""
        found = self._places.find(name, kinds=("group",))
        if found is None:
            users = [await self._client.rest.find_user(member) for member in members]
            found = self._opened(await self._client.rest.group(name, tuple(user.id for user in users)))
        await self.enter(found)

    def _opened(self, opened: OpenedConversation | Pending) -> str:
        return opened.conversation if isinstance(opened, Pending) else self._places.learn(opened)

    async def enter(self, conversation: str) -> None:
        """Show the newest of a conversation; what is typed goes there from now on."""
        if conversation not in self._places:
            self._places.learn(await self._client.rest.conversation(conversation))
        page = await self._client.rest.history(conversation, limit=PAGE)
        self._current = conversation
        self._screen.show(f"— {self._places.title(conversation)} —" + (" /history shows more" if page.more else ""))
        for message in page.messages:
            self._screen.show(self._spoken(message))
        self._oldest[conversation] = min((message.seq for message in page.messages), default=1)
        self._told[conversation] = max((message.rev for message in page.messages), default=0)
        self._last_own = max((message.seq for message in page.messages if message.sender == self._me.id), default=0)
        if page.messages:
            self._client.read(conversation, page.messages[-1].seq)
        self._show_status()
        self._show_typists()

    # What is typed.

    async def _type(self) -> None:
        while not self._over and (line := await self._screen.read()) is not None:
            text = line.strip()
            if text == "/quit":
                return
            try:
                await self._take(line)
            except Closed:
                self._over = True
            except ParleyError as error:
                self._screen.show(f"✗ {error}")

    async def _take(self, line: str) -> None:
        text = line.strip()
        if text.startswith("//"):
            await self._say(text[1:], line)
        elif text.startswith("/"):
            await self._obey(text)
        elif text:
            await self._say(line, line)

    async def _say(self, text: str, line: str) -> None:
        if self._current is None:
            self._screen.show("nobody hears you yet: /open NAME, or /list")
            self._screen.give_back(line)
            return
        try:
            await self._submit(self._current, text)
        except (Closed, FrameTooLarge, OutboxFull, asyncio.CancelledError):
            self._screen.give_back(line)
            raise

    async def _submit(self, conversation: str, text: str) -> None:
        """Hand it to the client as soon as its outbox has room."""
        end = asyncio.get_running_loop().time() + OUTBOX_SECONDS
        while True:
            self._moved.clear()
            try:
                self._client.submit(conversation, text)
            except OutboxFull:
                if not await self._something_moves(end):
                    raise
            else:
                return

    async def _something_moves(self, end: float) -> bool:
        try:
            async with asyncio.timeout_at(end):
                return await self._moved.wait()
        except TimeoutError:
            return False

    async def _obey(self, text: str) -> None:
        command, _, argument = text.partition(" ")
        match command, argument.strip():
            case "/help", _:
                self._screen.show(lines.HELP)
            case "/list", _:
                await self.list_conversations()
            case "/open", name if name:
                await self.open(name)
            case "/end", _:
                await self._end_chat()
            case "/history", count if not count or count.isdecimal():
                await self._older(int(count or PAGE))
            case _:
                self._screen.show(f"there is no {lines.safe(text)}: /help")

    async def _end_chat(self) -> None:
        if self._current is None:
            self._screen.show("open a conversation first: /list, /open NAME")
            return
        try:
            await self._client.rest.end_chat(self._current)
        except RequestFailed as error:
            if error.code != ErrorCode.CONVERSATION_ENDED:  # then the other one was faster
                raise
        self._over = True

    async def _older(self, count: int) -> None:
        if self._current is None:
            self._screen.show("open a conversation first: /list, /open NAME")
            return
        before, limit = self._oldest[self._current], max(1, min(count, MAX_PAGE))
        page = await self._client.rest.history(self._current, before=before, limit=limit)
        for message in page.messages:
            self._screen.show(self._spoken(message))
        self._oldest[self._current] = min((message.seq for message in page.messages), default=1)
        self._screen.show("— older, up to here —" if page.messages else "— that was the beginning —")

    def _draft_changed(self, text: str) -> None:
        """The others see that something is being typed, unless it is a command."""
        if self._current is not None:
            self._client.typing(self._current, on=lines.is_said(text))

    # What happens.

    async def _listen(self) -> None:
        try:
            async for event in self._client:
                await self._hear(event)
                self._moved.set()
        except Closed as closed:
            if not self._ended:
                self._screen.show(f"✗ the connection is over: {lines.safe(str(closed))}")
        finally:
            self._moved.set()

    async def _hear(self, event: Event) -> None:
        match event:
            case MessageChanged(message):
                self._tell(message)
            case SendChanged(sent):
                self._follow(sent)
            case ConversationChanged(summary):
                self._places.learn(summary)
            case ConversationReset(conversation):
                await self._read_anew(conversation)
            case ConversationGone(conversation, reason):
                self._leave(conversation, reason)
            case ChatEnded() | Noticed() | Failed() | SignedOut():
                self._show_news(event)
            case TypingChanged() | StatusChanged():
                self._follow_others(event)
            case Connecting() | Connected() | Disconnected() if not self._ended:
                self._online = set(event.online) if isinstance(event, Connected) else set()
                self._connection = lines.connection(event)
                self._show_status()

    def _show_news(self, event: ChatEnded | Noticed | Failed | SignedOut) -> None:
        match event:
            case ChatEnded(_, by):
                self._over = self._ended = True
                self._screen.show(f"— {lines.end_of_chat(by)} —")
            case Noticed(_, code, at):
                self._screen.show(f"— {lines.notice(code, at)} —")
            case Failed(error, None):
                self._screen.show(f"✗ {lines.safe(error.message or error.code)}")
            case SignedOut():
                self._screen.show("✗ you were signed out")

    def _tell(self, message: Message) -> None:
        conversation = message.conversation
        if conversation != self._current:
            where = self._places.title(conversation)
            self._screen.show(lines.elsewhere(message, self._places.name(message), where))
        elif message.rev > self._told[conversation]:
            self._told[conversation] = message.rev
            self._screen.show(self._spoken(message))
            self._client.read(conversation, message.seq)

    def _follow(self, sent: SentMessage) -> None:
        if sent.state is SendState.REJECTED:
            self._refused = True
            self._screen.show(lines.refused(sent))
        if sent.state.is_stored and sent.conversation == self._current:
            self._last_own = max(self._last_own, sent.seq or 0)
            if sent.state is not SendState.SENT:
                self._show_status()
        if sent.state.is_stored or sent.state is SendState.REJECTED:
            self._waiting.pop(sent.id, None)
        else:
            self._waiting[sent.id] = sent
        self._screen.waiting([lines.waiting(one) for one in self._waiting.values()])

    def _follow_others(self, event: TypingChanged | StatusChanged) -> None:
        if isinstance(event, StatusChanged):
            (self._online.add if event.online else self._online.discard)(event.user)
            self._show_status()
            return
        typist = event.conversation, event.user
        self._typists.pop(typist, None)
        if event.on:
            self._typists[typist] = None
        self._show_typists()

    def _show_typists(self) -> None:
        here = [user for conversation, user in self._typists if conversation == self._current]
        self._screen.typists([lines.safe(self._places.name_of(user, self._current or "")) for user in here])

    async def _read_anew(self, conversation: str) -> None:
        if conversation == self._current:
            try:
                await self.enter(conversation)
            except ParleyError as error:
                self._screen.show(f"✗ {error}: /open {self._places.title(conversation)}")

    def _leave(self, conversation: str, reason: str) -> None:
        title = self._places.title(conversation)
        self._screen.show(f"— {title} is not yours any more ({lines.safe(reason)}) —")
        self._places.forget(conversation)
        if conversation == self._current:
            self._current = None
            self._show_status()

    def _spoken(self, message: Message) -> str:
        mine = message.sender == self._me.id
        state = self._client.status(message.conversation, message.seq) if mine else None
        return lines.spoken(message, self._places.name(message), state)

    def _show_status(self) -> None:
        where = ""
        if self._current is not None:
            online = self._online.intersection(self._places.others(self._current))
            where = f" · {self._places.title(self._current)}{lines.online(len(online))}{self._last_state()}"
        self._screen.status(f"{self._me.username} · {self._connection}{where}")

    def _last_state(self) -> str:
        """How far one's last message in this conversation has come."""
        if self._current is None or not self._last_own:
            return ""
        return f" {lines.TICKS[self._client.status(self._current, self._last_own)]}"

    # The end.

    async def _settle(self, listening: asyncio.Task[None]) -> None:
        """Let what is on its way arrive, for a while."""
        end = asyncio.get_running_loop().time() + LEAVE_SECONDS
        if self._client.unsettled:
            self._screen.show(f"sending {len(self._client.unsettled)} more (Ctrl-C leaves at once)")
        moves = True
        while moves and (self._client.unsettled or self._over) and not listening.done():
            self._moved.clear()
            moves = await self._something_moves(end)

    async def _take_leave(self) -> bool:
        unsettled = [sent.text or "" for sent in self._client.unsettled]
        typed = [*await self._screen.left(), self._screen.draft()]
        left = [*unsettled, *filter(lines.is_said, typed)]
        if left:
            self._screen.warn(lines.not_sent(left))
        return not left and not self._refused


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
