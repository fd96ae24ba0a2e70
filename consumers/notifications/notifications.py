"""One notifications consumer: a member of its group that reads ripe events, and what sends what they ask for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bus.ports import Bus, Pace
from bus.runner import GroupRunner, RunnerConfig
from consumers.notifications.digester import Digester, DigesterConfig
from consumers.notifications.handler import HandlerConfig, NotificationHandler
from consumers.notifications.mailer import Mailer
from consumers.notifications.mails import Letterhead
from consumers.notifications.originals import DeadLetters
from consumers.notifications.pushes import Wording
from consumers.notifications.pushing import Poster, Pushing
from consumers.notifications.ripening import RipeningConfig, RipeReader
from consumers.notifications.sender import PushSender, SenderConfig
from consumers.notifications.vapid import VapidKey
from schemas.times import to_millis
from schemas.topics import EVENTS
from store.errors import Conflict, StoreUnavailable
from store.ports import Store

GROUP = "notifications"


@dataclass(frozen=True, slots=True)
class NotificationsConfig:
    max_age: timedelta = timedelta(hours=1)
    """What is older when it is handled is news no more."""
    digest_after: timedelta = timedelta(minutes=30)
    """From the first unread message to the e-mail about it."""
    digest_every: timedelta = timedelta(hours=6)
    """Between two e-mails to one user."""
    ripening: RipeningConfig = field(default_factory=RipeningConfig)
    sender: SenderConfig = field(default_factory=SenderConfig)
    digester: DigesterConfig = field(default_factory=DigesterConfig)


@dataclass(frozen=True, slots=True)
class Mailing:
    """How e-mail is sent, where it is."""

    mailer: Mailer
    address: str
    """That it comes from."""


class Notifications:
    """Tells members of messages that had not reached them after some seconds."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        client: Poster,
        vapid: VapidKey,
        mailing: Mailing | None,
        wording: Wording,
        random: Random,
        now: Callable[[], datetime],
        config: NotificationsConfig,
        member: str = "notifications-1",
    ) -> None:
        """`member`: the slot in the consumer group, the same after a restart. Without `mailing` there is no e-mail."""

        def millis() -> int:
            return to_millis(now())

        dead_letters = DeadLetters(bus, GROUP, now)
        pushing = Pushing(store, client, vapid, wording, now)
        ledger = store.notification_ledger
        self._sender = PushSender(ledger, pushing, dead_letters, now, random, config.sender)
        self._digester: Digester | None = None
        if mailing is not None:
            head = Letterhead(mailing.address, wording)
            self._digester = Digester(store, mailing.mailer, dead_letters, head, now, random, config.digester)
        handling = HandlerConfig(config.max_age, mailing is not None, config.digest_after, config.digest_every)
        self._runner = GroupRunner(
            bus.membership(GROUP, EVENTS, member),
            RipeReader(bus.reader(Pace.LEISURELY), store.receipt_watermarks.load, millis, config.ripening),
            bus.producer(),
            NotificationHandler(store, self._sender.look, now, handling),
            random,
            millis,
            RunnerConfig(GROUP, EVENTS, retryable=(StoreUnavailable, Conflict)),
        )

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand, commit and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sender.run(), name="pushes")
            if self._digester is not None:
                tasks.create_task(self._digester.run(), name="digests")
            await self._runner.run()
