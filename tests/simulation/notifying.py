"""Some people have a browser that is told of what does not reach them: of all of it, of nothing else, and of nothing
twice but what was in flight when the process died or stood still."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from bus.memory import MemoryBus
from consumers.notifications.notifications import Notifications, NotificationsConfig
from consumers.notifications.push_client import Answer
from consumers.notifications.pushes import Wording
from consumers.notifications.ripening import RipeningConfig
from consumers.notifications.sender import SenderConfig
from consumers.notifications.vapid import VapidKey
from domain.notifying import Channel, Notification, Origin, Settled
from domain.push import PushSubscription
from domain.receipts import Reader, ReceiptRow
from schemas.messages import Message, MessageKind
from schemas.receipts import ReceiptKind
from schemas.times import from_millis
from store.memory import MemoryDatabase, MemoryStore
from store.ports import FOREVER
from tests.domain.test_push import AUTH, P256DH
from tests.simulation.clock import BEGINNING
from tests.simulation.faults import Weather

HOST = "push.example.org"
_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
_AGE_SECONDS = 3.0
_LOOK_SECONDS = 0.2
_KILLED_CHANCE = 0.1
"""That the process dies soon after a push."""
WEATHER = Weather(failure_chance=0.03, long_delay_chance=0.03)
"""Rougher than elsewhere: it does little."""
_CONFIG = NotificationsConfig(
    ripening=RipeningConfig(age_seconds=_AGE_SECONDS),
    # One at a time, so that one at most is in flight.
    sender=SenderConfig(at_once=1, lease=timedelta(seconds=8), longest=timedelta(seconds=2)),
)


class PushWatch:
    """A push service where everybody has a browser, and the process that it hears of.

    `away` have no device: everything has to be told to the first of them; the other has muted whatever he is in.
    """

    def __init__(
        self,
        database: MemoryDatabase,
        present: Sequence[str],
        away: Sequence[str],
        random: Random,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._away = away
        self._random = random
        self._now = now
        self.kill: Callable[[], None] = lambda: None
        """Kills the process."""
        self._settled: set[str] = set()
        self._made_again: set[str] = set()
        """Ids of the ledger."""
        self._vapid = VapidKey(_PRIVATE, None)
        self._posted: Counter[str] = Counter()
        """By `Topic`."""
        for user in (*present, *away):
            made = PushSubscription(user, user, "login", f"https://{HOST}/{user}", P256DH, AUTH, BEGINNING)
            database.push_subscriptions[user] = made

    def mute(self, conversation: str) -> None:
        for user in self._away[1:]:
            self._database.muted_until[Reader(conversation, user)] = FOREVER

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Obeys `Poster`. What arrived has arrived, whether or not the answer does."""
        self._posted[headers["Topic"]] += 1
        if self._random.random() < _KILLED_CHANCE:
            asyncio.get_running_loop().call_later(self._random.uniform(0.0, 0.3), self.kill)
        await asyncio.sleep(0.05)
        return Answer(201, None)

    async def work(self, bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        """The process."""
        wording = Wording("https://chat.example")
        await Notifications(bus, store, self, self._vapid, None, wording, random, self._now, _CONFIG).run()

    async def run(self) -> None:
        """Look at the ledger: what is settled stays so."""
        while True:
            for key, entry in self._database.ledger.items():
                if entry.state == Settled.SENT:
                    self._settled.add(key)
                elif key in self._settled:
                    self._made_again.add(key)
            await asyncio.sleep(_LOOK_SECONDS)

    async def told(self) -> None:
        """Wait until everybody was told of what has not reached him, and nothing is under way."""
        while self._untold() or any(entry.due_at for entry in self._database.ledger.values()):
            await asyncio.sleep(0.5)

    def findings(self, ends: int) -> list[str]:
        """`ends`: how often the process died or stood still."""
        again = [f"{key} was sent, and made again" for key in sorted(self._made_again)]
        return [*self._lost(), *again, *self._doubled(ends), *self._unasked()]

    def _lost(self) -> Iterator[str]:
        for one in self._untold():
            entry = self._database.ledger.get(one.id)
            state = "not in the ledger" if entry is None else f"{entry.state} in the ledger"
            yield f"{one.user} was not told of {one.conversation}.{one.seq}, which is {state}"

    def _doubled(self, ends: int) -> Iterator[str]:
        repeated = self._posted.total() - len(self._posted)
        if repeated > ends:
            yield f"{repeated} notifications came again, after {ends} ends of the process"

    def _unasked(self) -> Iterator[str]:
        """Whatever was told, whether or not its ledger entry is there."""
        told = {one.topic: one for one in self._possible(list(self._database.push_subscriptions))}
        for topic in self._posted:
            one = told.get(topic)
            if one is None:
                yield f"a push came that is about no message of anybody's ({topic})"
            elif (reason := self._unwanted(one)) is not None:
                yield f"{one.user} was told of {one.conversation}.{one.seq}, {reason}"

    def _unwanted(self, one: Notification) -> str | None:
        reader = Reader(one.conversation, one.user)
        if self._message(one).sender == one.user:
            return "which is his own"
        if reader in self._database.muted_until:
            return "and has muted it"
        entry = self._database.ledger.get(one.id)
        if entry is None:
            return "and the ledger knows nothing of it"
        in_time = entry.notification.at + timedelta(seconds=_AGE_SECONDS)
        if any(row.at < in_time for row in self._rows_above(reader, one.seq)):
            return "which had reached him in time"
        return None

    def _rows_above(self, reader: Reader, seq: int) -> Iterator[ReceiptRow]:
        for key, row in self._database.receipts.items():
            if key.reader == reader and key.kind is ReceiptKind.DELIVERED and key.seq >= seq:
                yield row

    def _untold(self) -> list[Notification]:
        """Everything that was said to the one who is away and has muted nothing."""
        return [
            one
            for one in self._possible(self._away[:1])
            if one.topic not in self._posted and self._message(one).deleted_at is None
        ]

    def _possible(self, users: Iterable[str]) -> Iterator[Notification]:
        """Every message of theirs, whether or not they should be told of it."""
        for conversation, messages in self._database.messages.items():
            kept = self._database.conversations[conversation]
            theirs = [user for user in users if user in kept.members or user in kept.former]
            for seq, message in messages.items():
                if message.kind is MessageKind.TEXT:
                    yield from (_notification(conversation, seq, user) for user in theirs)

    def _message(self, one: Notification) -> Message:
        return self._database.messages[one.conversation][one.seq]


def _notification(conversation: str, seq: int, user: str) -> Notification:
    return Notification(conversation, seq, user, Channel.PUSH, user, HOST, from_millis(0), Origin(0, 0))
