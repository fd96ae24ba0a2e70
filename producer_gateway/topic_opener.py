"""User topics opened before anyone waits for them, many at a time."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from bus.announcements import announcement
from bus.errors import BusError, Unavailable
from bus.ports import Admin, Outgoing, Position, Producer
from producer_gateway.user_activity import UserActivityHints
from schemas import metrics
from schemas.headers import SCHEMA, headers
from schemas.topics import user_topic, user_topic_spec
from schemas.user_topics import UserTopic
from store.errors import StoreError
from store.ports import UserTopics

log = structlog.get_logger(__name__)

_OPENED = b'{"type":"opened"}'
_OPENED_HEADERS = headers(**{SCHEMA: "opened/1"})
_MARGIN = 0.9
"""The part of a lease that is relied on: it began when the store was asked, its end is the store's to judge."""


class UserGone(Exception):
    """The user does not exist any more: he will never have a topic again."""


@dataclass(frozen=True, slots=True)
class OpenerConfig:
    lease_seconds: float = 3600.0
    users_at_once: int = 250
    batches_at_once: int = 2
    step_seconds: float = 60.0
    """How long one batch may take before it is tried again."""
    wait_seconds: float = 10.0
    """How long a sender waits for his topic before he is told that it is unavailable."""
    retry_seconds: float = 0.2
    max_retry_seconds: float = 5.0
    linger_seconds: float = 60.0
    """How long the topic of a user who left is kept at hand."""


@dataclass(slots=True)
class _Entry:
    holders: int = 0
    waiters: int = 0
    topic: str | None = None
    relied_on_until: float = 0.0
    used_at: float = 0.0
    opening: "asyncio.Future[str] | None" = None

    @property
    def left(self) -> bool:
        return not self.holders and not self.waiters and self.opening is None

    def open(self, topic: str, relied_on_until: float) -> None:
        self.topic, self.relied_on_until = topic, relied_on_until
        opening, self.opening = self.opening, None
        if opening is not None:
            opening.set_result(topic)

    def refuse(self, reason: Exception) -> None:
        opening, self.opening = self.opening, None
        if opening is not None:
            opening.set_exception(reason)
            opening.exception()  # nobody may be waiting


class TopicOpener:
    """Keeps the topics of the users who are here open and leased.

    To open is, in this order and each step safe to repeat: lease the topic in the store, make it where it is missing
    (with a first record, whose append costs the broker most), announce it to the routers and have that acknowledged.
    A topic is handed out only then, so that whatever is appended to it will be read.
    """

    keyed_by_sender = False

    def __init__(
        self, user_topics: UserTopics, producer: Producer, admin: Admin, random: Random, config: OpenerConfig
    ) -> None:
        self._user_topics = user_topics
        self._producer = producer
        self._admin = admin
        self._random = random
        self._config = config
        self._hints = UserActivityHints(producer, random)
        self._entries: dict[str, _Entry] = {}
        self._wanted: dict[str, None] = {}
        self._news = asyncio.Event()

    def hold(self, user: str) -> None:
        """The user is here: have his topic open, from now until as many calls of `release`."""
        entry = self._entries.setdefault(user, _Entry())
        entry.holders += 1
        if self._open_topic(entry) is None:
            _ = self._want(user, entry)

    def release(self, user: str) -> None:
        entry = self._entries.get(user)
        if entry is not None:
            entry.holders -= 1
            entry.used_at = self._now()

    def opened(self, user: str) -> str | None:
        """The user's topic if it is open this moment."""
        entry = self._entries.get(user)
        return None if entry is None else self._open_topic(entry)

    async def topic(self, user: str) -> str:
        """The user's topic, opened if need be. Raises Unavailable when that takes too long, UserGone."""
        entry = self._entries.setdefault(user, _Entry())
        entry.used_at = self._now()
        topic = self._open_topic(entry)
        if topic is not None:
            return topic
        opening = self._want(user, entry)
        entry.waiters += 1
        try:
            async with asyncio.timeout(self._config.wait_seconds):
                return await asyncio.shield(opening)
        except TimeoutError:
            raise Unavailable(f"the topic of {user} could not be opened in time") from None
        finally:
            entry.waiters -= 1

    def appended(self, topic: str) -> None:
        """A command was handed to the producer for this topic: the routers are told at once."""
        self._hints.add(topic)

    def mistrust(self, user: str, topic: str) -> None:
        """That topic turned out to be missing: the next who asks has it opened anew."""
        entry = self._entries.get(user)
        if entry is not None and entry.topic == topic:
            entry.topic = None

    async def run(self) -> None:
        """Open, renew and forget topics until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._config.batches_at_once):
                tasks.create_task(self._open_wanted(), name="topic-opening")
            tasks.create_task(self._hints.run(), name="topic-hints")
            tasks.create_task(self._renew_held(), name="topic-renewal")
            tasks.create_task(self._forget_left(), name="topic-forgetting")

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _open_topic(self, entry: _Entry) -> str | None:
        return entry.topic if entry.topic is not None and self._now() < entry.relied_on_until else None

    def _want(self, user: str, entry: _Entry) -> "asyncio.Future[str]":
        if entry.opening is None:
            entry.opening = asyncio.get_running_loop().create_future()
            self._wanted[user] = None
            self._news.set()
        return entry.opening

    async def _open_wanted(self) -> None:
        failures = 0
        while True:
            await self._news.wait()
            users = self._take_wanted()
            if not users:  # another batch has them
                continue
            try:
                async with asyncio.timeout(self._config.step_seconds):
                    await self._open(users)
                failures = 0
            except (BusError, StoreError, TimeoutError) as error:
                failures += 1
                metrics.USER_TOPIC_FAILURES.inc()
                log.warning("user_topics_not_opened", users=len(users), failures=failures, error=repr(error))
                await asyncio.sleep(self._backoff(failures))
                self._want_again(users)

    def _take_wanted(self) -> Sequence[str]:
        users = tuple(self._wanted)[: self._config.users_at_once]
        for user in users:
            del self._wanted[user]
        if not self._wanted:
            self._news.clear()
        return users

    def _want_again(self, users: Iterable[str]) -> None:
        """Whoever is still here, or still waits, and was not served."""
        for user in users:
            entry = self._entries.get(user)
            if entry is None or entry.opening is None:
                continue
            if entry.holders or entry.waiters:
                self._wanted[user] = None
                self._news.set()
            else:
                entry.opening = None

    def _backoff(self, failures: int) -> float:
        longest = min(self._config.retry_seconds * 2.0 ** min(failures, 16), self._config.max_retry_seconds)
        return longest * self._random.uniform(0.5, 1.0)

    async def _open(self, users: Sequence[str]) -> None:
        relied_on_until = self._now() + self._config.lease_seconds * _MARGIN
        generations = await self._user_topics.open(users, self._config.lease_seconds)
        for user in users:
            if user not in generations and (entry := self._entries.get(user)) is not None:
                entry.refuse(UserGone(user))
        wanted = {user: user_topic(user, generation) for user, generation in generations.items()}
        existing = await self._producer.warm_up(wanted.values())
        # Those that exist first: nobody shall wait for what others need to have made.
        await self._hand_out({u: t for u, t in wanted.items() if t in existing}, generations, relied_on_until)
        missing = {u: t for u, t in wanted.items() if t not in existing}
        if missing:
            await self._make(missing.values())
            await self._hand_out(missing, generations, relied_on_until)

    async def _make(self, topics: Iterable[str]) -> None:
        names = tuple(topics)
        made = await self._admin.create([user_topic_spec(name) for name in names])
        known = await self._producer.warm_up(names)
        if len(known) < len(names):
            raise Unavailable("topics that were made are not to be seen yet")
        await self._produce(Outgoing(name, _OPENED, headers=_OPENED_HEADERS) for name in names if name in made)
        metrics.USER_TOPICS_MADE.inc(len(made))

    async def _hand_out(
        self, topics: Mapping[str, str], generations: Mapping[str, int], relied_on_until: float
    ) -> None:
        await self._produce(
            announcement(UserTopic(user=user, topic=topic, generation=generations[user], state="active"))
            for user, topic in topics.items()
        )
        for user, topic in topics.items():
            if (entry := self._entries.get(user)) is not None:
                entry.open(topic, relied_on_until)
        metrics.USER_TOPICS_HELD.set(len(self._entries))

    async def _produce(self, records: Iterable[Outgoing]) -> None:
        acknowledgements: list[Awaitable[Position]] = [await self._producer.enqueue(record) for record in records]
        await asyncio.gather(*acknowledgements)

    async def _renew_held(self) -> None:
        """At half the lease, so that one renewal may fail for a long time before anything is lost."""
        while True:
            await asyncio.sleep(self._config.lease_seconds / 2 * self._random.uniform(0.8, 1.0))
            failures = 0
            while not await self._renewed():
                failures += 1
                await asyncio.sleep(self._backoff(failures))

    async def _renewed(self) -> bool:
        relied_on_until = self._now() + self._config.lease_seconds * _MARGIN
        # One that has run out is opened again instead: its router may have stopped reading it.
        held = {user: entry for user, entry in self._entries.items() if entry.holders and self._open_topic(entry)}
        try:
            generations = await self._user_topics.renew(held, self._config.lease_seconds)
        except StoreError as error:
            log.warning("user_topic_leases_not_renewed", users=len(held), error=repr(error))
            return False
        for user, entry in held.items():
            if user in generations and entry.topic == user_topic(user, generations[user]):
                entry.relied_on_until = relied_on_until
            else:  # it was retired while this process stood still
                entry.topic = None
                _ = self._want(user, entry)
        return True

    async def _forget_left(self) -> None:
        while True:
            await asyncio.sleep(self._config.linger_seconds)
            self._forget(self._now() - self._config.linger_seconds)

    def _forget(self, unused_since: float) -> None:
        left = [user for user, entry in self._entries.items() if entry.left and entry.used_at <= unused_since]
        topics = [entry.topic for user in left if (entry := self._entries.pop(user)).topic is not None]
        self._producer.forget(topics)
        metrics.USER_TOPICS_HELD.set(len(self._entries))
