"""Behind the front door of a running installation, for load tests: users by the thousand, their tokens, and what the
store holds in the end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bus.kafka import KafkaBus
from bus.ports import Admin
from domain.conversation import Conversation
from domain.identity import User
from domain.receipts import Reader
from parley.keys import token_secret
from parley.settings import Settings
from producer_gateway import passwords
from producer_gateway.passwords import Passwords
from producer_gateway.tokens import AccessTokens
from schemas.ids import new_user_id
from schemas.messages import Message
from schemas.topics import USER_TOPIC_PREFIX, Layout, parse_user_topic
from store.errors import StoreUnavailable
from store.mongo import open_store
from store.ports import Store

TOKEN_SECONDS = 24 * 60 * 60
AT_ONCE = 64
PAGE = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """One conversation with all its messages, ascending by seq, and how far its members are."""

    conversation: Conversation
    messages: Sequence[Message]
    cursors: Mapping[str, tuple[int, int]]
    """User → the seqs up to which he got and read everything."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is there of some users: how many of them, their sockets, and their topics."""

    users: int
    sockets: int
    topics: int

    @property
    def any(self) -> bool:
        return bool(self.users or self.sockets or self.topics)


class Trial:
    """What a load test may do that a user may not."""

    def __init__(self, store: Store, admin: Admin, tokens: AccessTokens, layout: Layout) -> None:
        self._store = store
        self._admin = admin
        self._tokens = tokens
        self._layout = layout

    async def add_users(self, names: Iterable[str], password: str) -> list[str]:
        """Make accounts that share one password, which is hashed once; returns their ids. Raises Taken."""
        hashing = Passwords(passwords.recommended())
        try:
            password_hash = await hashing.hash(password)
        finally:
            hashing.close()
        now = datetime.now(UTC)
        users = [User(id=new_user_id(), username=name, created_at=now.replace(microsecond=0)) for name in names]
        at_once = asyncio.Semaphore(AT_ONCE)

        async def create(user: User) -> None:
            async with at_once:
                await self._store.users.create(user, password_hash)

        async with asyncio.TaskGroup() as tasks:
            for user in users:
                tasks.create_task(create(user))
        return [user.id for user in users]

    def token(self, user: str) -> str:
        """An access token that outlives any load test."""
        return token_for(self._tokens, user)

    async def online(self, users: Sequence[str]) -> frozenset[str]:
        """Those of them who are told to be online."""
        return await self._store.presences.online(users)

    async def online_if_known(self, users: Sequence[str]) -> frozenset[str] | None:
        """The same; None while the store cannot be asked."""
        try:
            return await self.online(users)
        except StoreUnavailable:
            return None

    async def topics_open(self, users: Sequence[str]) -> int:
        """How many of them have their topic open."""
        if self._layout is not Layout.PER_USER:
            return len(users)
        return len(await self._store.user_topics.generations(users))

    async def left_of(self, users: Sequence[str]) -> Left:
        """What is there of these users by now."""
        known = frozenset(users)
        sockets = await self._store.sessions.of(users)
        topics = [topic for topic in await self._admin.topics(USER_TOPIC_PREFIX) if parse_user_topic(topic)[0] in known]
        return Left(len(await self._store.presences.load(users)), sum(map(len, sockets.values())), len(topics))

    async def kept(self, conversations: Iterable[str]) -> list[Kept]:
        """What the store holds of these conversations; those that do not exist are left out."""
        found = await self._store.decisions.load(conversations)
        return [
            Kept(conversation, await self._messages(conversation.id), await self._cursors(conversation))
            for conversation in found.values()
        ]

    async def _cursors(self, conversation: Conversation) -> Mapping[str, tuple[int, int]]:
        found = await self._store.receipts.cursors(Reader(conversation.id, user) for user in conversation.members)
        return {reader.user: cursor for reader, cursor in found.items()}

    async def _messages(self, conversation: str) -> list[Message]:
        messages: list[Message] = []
        more = True
        while more:
            after = messages[-1].seq if messages else 0
            page, more = await self._store.conversations.history(
                conversation, before=None, after=after, around=None, limit=PAGE
            )
            messages.extend(page)
            more = more and bool(page)
        return messages


def tokens_of(settings: Settings) -> AccessTokens:
    """Tokens under the secret of the installation. None is made: a new one would not be the installation's.

    Raises FileNotFoundError when there is none.
    """
    if settings.token_secret is None and not (settings.var / "secrets" / "token_secret").exists():
        raise FileNotFoundError(f"{settings.var} is not the directory of an installation: it holds no secret")
    return AccessTokens(token_secret(settings), TOKEN_SECONDS)


def token_for(tokens: AccessTokens, user: str) -> str:
    return tokens.issue(user, "l_trial", datetime.now(UTC))


@asynccontextmanager
async def open_trial(settings: Settings) -> AsyncIterator[Trial]:
    """Access to the installation that these settings describe. Raises StoreUnavailable, FileNotFoundError."""
    tokens = tokens_of(settings)
    store = await open_store(settings.mongo_url, settings.mongo_database)
    bus = KafkaBus(settings.kafka_bootstrap)
    try:
        yield Trial(store, bus.admin(), tokens, settings.layout)
    finally:
        await bus.close()
        await store.close()
