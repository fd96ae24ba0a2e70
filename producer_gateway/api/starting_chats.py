"""How an ephemeral chat is made: its secrets drawn, its seats and timers kept, its conversation begun."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from domain import sealing
from domain.ephemeral import TIMERS, EphemeralChat, Seat, Timer, timer_id
from domain.sealing import Cost
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.sending import Commands
from producer_gateway.chat_keys import ChatKeys, Secrets
from schemas.commands import CreateConversation
from schemas.errors import ErrorCode
from schemas.ids import new_conversation_id, new_user_id
from schemas.messages import ConversationKind
from store.ports import Deadline, Store


@dataclass(frozen=True, slots=True)
class ChatsConfig:
    public_url: str = "http://127.0.0.1:8080"
    """What links begin with."""
    inactivity: timedelta = timedelta(hours=1)
    """The silence after which a chat ends, where whoever starts it does not say."""
    unclaimed: timedelta = timedelta(days=1)
    """A seat that nobody has entered by then ends the chat."""
    longest: timedelta = timedelta(days=7)
    cost: Cost = field(default_factory=Cost)


class Started(NamedTuple):
    """A chat, and what each of its seats is given, in the order of the names."""

    chat: EphemeralChat
    secrets: tuple[Secrets, Secrets]


class ChatStarter:
    """Timers first, then seats, then the conversation: wherever it breaks off, what is there ends by its timers."""

    def __init__(self, store: Store, commands: Commands, keys: ChatKeys, config: ChatsConfig) -> None:
        self._store = store
        self._commands = commands
        self._keys = keys
        self._config = config

    async def start(self, names: tuple[str, str], inactivity: timedelta | None, now: datetime, trace: str) -> Started:
        """Returns when the conversation is there. Raises ProblemError, TooBusy, StoreUnavailable."""
        drawn = Secrets(sealing.new_token(), sealing.new_code()), Secrets(sealing.new_token(), sealing.new_code())
        chat = await self._seated(names, drawn, inactivity or self._config.inactivity, now)
        await self._store.deadlines.set(self._timers(chat))
        await self._store.chats.create(chat)
        first, second = (seat.user for seat in chat.seats)
        command = CreateConversation(
            conversation=chat.conversation,
            sender=first,
            client_id="begin",
            kind=ConversationKind.EPHEMERAL,
            epoch=uuid4().hex,
            members=(first, second),
        )
        if await self._commands.ask(command, trace) is None:
            raise ProblemError(ErrorCode.UNAVAILABLE)
        return Started(chat, drawn)

    async def _seated(
        self, names: tuple[str, str], drawn: tuple[Secrets, Secrets], inactivity: timedelta, now: datetime
    ) -> EphemeralChat:
        users = new_user_id(), new_user_id()
        wraps = await self._keys.wrapped(sealing.new_key(), list(zip(users, drawn, strict=True)))
        first, second = (
            Seat(user, name, sealing.token_hash(found.token), wrapped)
            for user, name, found, wrapped in zip(users, names, drawn, wraps, strict=True)
        )
        return EphemeralChat(
            conversation=new_conversation_id(),
            seats=(first, second),
            created_at=now,
            expires_at=now + self._config.longest,
            inactivity=inactivity,
        )

    def _timers(self, chat: EphemeralChat) -> list[Deadline]:
        unclaimed = min(chat.created_at + self._config.unclaimed, chat.expires_at)
        return [
            timer(chat.conversation, Timer.UNCLAIMED, unclaimed),
            timer(chat.conversation, Timer.AGE, chat.expires_at),
        ]


def timer(conversation: str, which: Timer, at: datetime) -> Deadline:
    return Deadline(timer_id(conversation, which), TIMERS, at, {"conversation": conversation, "timer": which.value})
