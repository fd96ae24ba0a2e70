"""Session expiry, put together: whatever ends by itself, and who is online."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from bus.ports import Bus, Pace
from bus.runner import GroupRunner, RunnerConfig
from consumers.session_expiry.chat_endings import ChatDestroyer, ChatDestroyerConfig
from consumers.session_expiry.chat_timers import ChatTimers, ChatTimersConfig
from consumers.session_expiry.deadlines import DeadlineKeeper, DeadlinesConfig
from consumers.session_expiry.endings import EndingSweeper
from consumers.session_expiry.erasures import Eraser
from consumers.session_expiry.group_passwords import GroupPasswordSweeper
from consumers.session_expiry.leases import EdgeTopicSweeper, LeaseKeeper
from consumers.session_expiry.media import MediaSweeper
from consumers.session_expiry.meetings import MeetingHandler
from consumers.session_expiry.presence import AWAY, PresenceHandler
from consumers.session_expiry.reconciling import Reconciler, ReconcilerConfig, Reporter
from consumers.session_expiry.retiring import RetirerConfig, TopicRetirer
from consumers.session_expiry.user_topics import UserTopicSweeper
from domain.ephemeral import TIMERS
from schemas.times import from_millis
from schemas.topics import EVENTS, PRESENCE
from store.errors import Conflict, StoreUnavailable
from store.ports import Deadline, Store

GROUP = "session-expiry"
MEETINGS = "session-expiry-meetings"


@dataclass(frozen=True, slots=True)
class ExpiryConfig:
    member: str = "session-expiry-1"
    """The slot in the consumer group, the same after a restart."""
    reconciling: ReconcilerConfig = field(default_factory=ReconcilerConfig)
    retiring: RetirerConfig = field(default_factory=RetirerConfig)
    deadlines: DeadlinesConfig = field(default_factory=DeadlinesConfig)
    chats: ChatTimersConfig = field(default_factory=ChatTimersConfig)
    destroying: ChatDestroyerConfig = field(default_factory=ChatDestroyerConfig)


class SessionExpiry:
    """One process of it; any number may run. Each user's presence is decided by the one that owns his partition."""

    def __init__(self, bus: Bus, store: Store, random: Random, now: Callable[[], int], config: ExpiryConfig) -> None:
        """`now` in epoch milliseconds."""
        producer, admin = bus.producer(), bus.admin()
        self._reporter = Reporter(producer)
        self._reconciler = Reconciler(store.presences, self._reporter, random, config.reconciling)
        self._leases = LeaseKeeper(store.edges, store.sessions, self._reconciler.lost, random)
        self._edge_topics = EdgeTopicSweeper(store.edges, store.sessions, admin, random)
        self._user_topics = UserTopicSweeper(store.user_topics, store.router_positions, admin, producer, random)
        self._eraser = Eraser(store, producer, admin, random)
        self._retirer = TopicRetirer(
            store.user_topics, store.router_positions, admin, producer, random, config.retiring
        )
        self._media = MediaSweeper(store.media, lambda: from_millis(now()), random)
        self._endings = EndingSweeper(store.endings, admin, lambda: from_millis(now()), random)
        self._chats = ChatDestroyer(store, admin, producer, lambda: from_millis(now()), random, config.destroying)
        timers = ChatTimers(store, producer, lambda: from_millis(now()), config.chats)
        handlers = {AWAY: self._look_again, TIMERS: timers.due}
        self._deadlines = DeadlineKeeper(store.deadlines, handlers, random, config.deadlines)
        self._group_passwords = GroupPasswordSweeper(store.group_passwords, lambda: from_millis(now()), random)
        self._presence = GroupRunner(
            bus.membership(GROUP, PRESENCE, config.member),
            bus.reader(),
            producer,
            PresenceHandler(store, producer),
            random,
            now,
            RunnerConfig(GROUP, PRESENCE, retryable=(StoreUnavailable, Conflict)),
        )

        self._meetings = GroupRunner(
            bus.membership(MEETINGS, EVENTS, config.member),
            bus.reader(Pace.LEISURELY),
            producer,
            MeetingHandler(store.presences, self._reporter),
            random,
            now,
            RunnerConfig(MEETINGS, EVENTS, retryable=(StoreUnavailable,), max_records=1_000),
        )

    async def run(self) -> None:
        """Work until cancelled; then finish the batch in hand, commit and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._leases.run(), name="leases")
            tasks.create_task(self._edge_topics.run(), name="edge-topics")
            tasks.create_task(self._user_topics.run(), name="user-topics")
            tasks.create_task(self._eraser.run(), name="erasures")
            tasks.create_task(self._retirer.run(), name="retiring")
            tasks.create_task(self._media.run(), name="media")
            tasks.create_task(self._endings.run(), name="endings")
            tasks.create_task(self._chats.run(), name="chats")
            tasks.create_task(self._group_passwords.run(), name="group-passwords")
            tasks.create_task(self._reconciler.run(), name="reconciling")
            tasks.create_task(self._deadlines.run(), name="deadlines")
            tasks.create_task(self._presence.run(), name="presence")
            tasks.create_task(self._meetings.run(), name="meetings")

    async def _look_again(self, due: Sequence[Deadline]) -> None:
        since = [(deadline.payload["user"], datetime.fromisoformat(deadline.payload["since"])) for deadline in due]
        await self._reporter.say_away(since)
