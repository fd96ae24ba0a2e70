"""Behind the front door of a running installation, for load tests: users by the thousand, their tokens, and what the
store holds in the end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from bus.kafka import KafkaBus
from bus.ports import EARLIEST, Admin, Bus, Partition
from domain.conversation import Conversation, Outcome
from domain.ephemeral import timer_prefix
from domain.identity import User
from domain.receipts import Reader
from parley.keys import token_secret
from parley.settings import Settings
from producer_gateway import passwords
from producer_gateway.passwords import Passwords
from producer_gateway.tokens import AccessTokens
from schemas.ids import command_key, new_user_id
from schemas.messages import Message
from schemas.topics import USER_TOPIC_PREFIX, USER_TOPICS, Layout, parse_user_topic
from store.errors import StoreUnavailable
from store.mongo import open_store
from store.mongo.client import MotorDatabase, connect
from store.mongo.documents import Document
from store.ports import Store

TOKEN_SECONDS = 24 * 60 * 60
AT_ONCE = 64
PAGE = 200
READ_SECONDS = 60.0
CONTENT = ("messages", "outcomes", "members", "cursors", "receipts")
"""The collections in which keys begin with the conversation."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One conversation with all its messages, ascending by seq, and how far its members are."""

    conversation: Conversation
    messages: Sequence[Message]
    cursors: Mapping[str, tuple[int, int]]
    """User → the seqs up to which he got and read everything."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is there of some users and their chats: how much of each kind."""

    users: int
    sockets: int
    topics: int
    router_positions: int
    messages: int
    outcomes: int
    members: int
    cursors: int
    receipts: int
    deadlines: int
    code_tries: int
    seats: int
    announcements: int = 0
    """Of topics of theirs, in `user-topics`, not withdrawn. Looked at when nothing else is left: all of it is read."""

    @property
    def any(self) -> bool:
        return any(astuple(self))


class Trial:
    """What a load test may do that a user may not."""

    def __init__(self, store: Store, database: MotorDatabase, bus: Bus, tokens: AccessTokens, layout: Layout) -> None:
        """`database` is the store's own: what is left of chats is counted where it lies, for no port tells it."""
        self._store = store
        self._database = database
        self._bus = bus
        self._admin: Admin = bus.admin()
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

    async def left_of(self, users: Sequence[str], chats: Sequence[str]) -> Left:
        """What is there by now of these users, and of the chats that they were in."""
        known = frozenset(users)
        sockets = await self._store.sessions.of(users)
        topics = [topic for topic in await self._admin.topics(USER_TOPIC_PREFIX) if parse_user_topic(topic)[0] in known]
        content = {name: await self._count(name, map(_within, chats)) for name in CONTENT}
        timers = [*(_from(timer_prefix(chat)) for chat in chats), *(_exactly(f"away/{user}") for user in users)]
        left = Left(
            **content,
            users=len(await self._store.presences.load(users)),
            sockets=sum(map(len, sockets.values())),
            topics=len(topics),
            router_positions=await self._count(
                "router_positions", (_from(f"{USER_TOPIC_PREFIX}{user}.") for user in users)
            ),
            deadlines=await self._count("deadlines", timers),
            code_tries=await self._count("attempts", (_exactly(f"seat/{user}") for user in users)),
            seats=await self._count("ephemeral_chats", map(_exactly, chats)),
        )
        return left if left.any else replace(left, announcements=await self._announced(known))

    async def _count(self, collection: str, keys: Iterable[Document]) -> int:
        """Documents with such keys, some keys at a time."""
        wanted, found = list(keys), 0
        for start in range(0, len(wanted), PAGE):
            found += await self._database[collection].count_documents({"$or": wanted[start : start + PAGE]})
        return found

    async def _announced(self, users: frozenset[str]) -> int:
        """How many of them have a topic by the last word of `user-topics`. Raises TimeoutError."""
        count = (await self._admin.topics(USER_TOPICS)).get(USER_TOPICS, 0)
        partitions = [Partition(USER_TOPICS, number) for number in range(count)]
        ends, starts = await self._admin.end_offsets(partitions), await self._admin.start_offsets(partitions)
        ends = {one: end for one, end in ends.items() if end > starts.get(one, 0)}
        reader, last = self._bus.reader(), dict[str, bool]()
        reader.add(dict.fromkeys(ends, EARLIEST))
        try:
            async with asyncio.timeout(READ_SECONDS):
                while any(place < ends[one] for one, place in reader.places().items()):
                    for records in (await reader.poll(1.0)).values():
                        last |= {(record.key or b"").decode(): record.value is not None for record in records}
        finally:
            await reader.close()
        return sum(last.get(user, False) for user in users)

    async def refused(self, commands: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, str], str]:
        """Of commands, each a conversation, a sender and an id: by sender and id, why those were refused that were."""
        found = await self._store.decisions.outcomes(command_key(*command) for command in commands)
        outcomes = [outcome for outcome in found.values() if isinstance(outcome, Outcome)]
        return {(one.sender, one.client_id): one.error.value for one in outcomes if one.error is not None}

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


def _within(chat: str) -> Document:
    """Keys that begin with it and a dot or a slash: `0` follows the slash."""
    return {"_id": {"$gte": f"{chat}.", "$lt": f"{chat}0"}}


def _from(beginning: str) -> Document:
    return {"_id": {"$gte": beginning, "$lt": beginning[:-1] + chr(ord(beginning[-1]) + 1)}}


def _exactly(key: str) -> Document:
    return {"_id": key}


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
    bus, client = KafkaBus(settings.kafka_bootstrap), connect(settings.mongo_url)
    try:
        yield Trial(store, client[settings.mongo_database], bus, tokens, settings.layout)
    finally:
        await bus.close()
        client.close()
        await store.close()
