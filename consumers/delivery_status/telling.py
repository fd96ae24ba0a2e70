"""Whom a batch of receipts concerns, and what they are told."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.mail import Mail, fragment, post
from bus.ports import Producer
from domain.receipts import MemberCursor, Reader, ReceiptRow, covered
from schemas import metrics
from schemas.frames import Receipt
from schemas.preferences import Preferences
from store.ports import Receipts, SessionAddress, Sessions, Stretch, Users

_DEFAULTS = Preferences()

MAX_COVERED = 1000
"""The senders of so many of the newest messages that a receipt newly covers are told at once; of older ones, which
a member had left lying for long, they find it in their next snapshot."""


@dataclass(frozen=True, slots=True)
class News:
    """One reader's way through a batch: where he is after it, and what he covers newly."""

    cursor: MemberCursor
    at: datetime
    covered: Stretch
    sessions: frozenset[str | None]
    """The sockets that said so; None for several at once."""

    @classmethod
    def of(cls, cursor: MemberCursor, at: datetime, session: str | None, rows: Collection[ReceiptRow]) -> "News":
        return cls(cursor, at, Stretch(*covered(rows)), frozenset((session,)))

    def then(self, later: "News") -> "News":
        reached = self.cursor.raised(*later.cursor)
        return News(reached, later.at, _union(self.covered, later.covered), self.sessions | later.sessions)

    @property
    def stretch(self) -> Stretch:
        """Whose senders are told."""
        return Stretch(max(self.covered.after, self.covered.to - MAX_COVERED), self.covered.to)

    def is_known_to(self, session: str) -> bool:
        """Whether this socket, and no other, said all of it."""
        return self.sessions == {session}


class Teller:
    """Pushes receipts at least once; whoever gets one keeps the greater of what he had and what it says."""

    def __init__(self, receipts: Receipts, sessions: Sessions, users: Users, producer: Producer) -> None:
        self._receipts = receipts
        self._sessions = sessions
        self._users = users
        self._producer = producer

    async def tell(self, news: Mapping[Reader, News]) -> None:
        """Tell each reader's other devices, and the senders of what he newly covers unless he keeps that private;
        members only, each of them.

        Returns when Kafka has all of it. The sessions are looked up now, after the cursors were stored: a session
        registered before this is seen here, one registered later finds them in its snapshot. Raises Unavailable,
        UnknownOutcome, StoreUnavailable.
        """
        if not news:
            return
        with metrics.DELIVERY_STATUS_TELL_SECONDS.time():
            audience = await self._audience(news, await self._senders(news))
            mail = Mail()
            for reader, one in news.items():
                mail.put_to_all(audience.of(reader, one), fragment(_frame(reader, one)))
            await post(self._producer, mail.records())

    async def _audience(self, news: Mapping[Reader, News], senders: Mapping[Reader, frozenset[str]]) -> "_Audience":
        readers = {Reader(reader.conversation, user) for reader in news for user in senders[reader]} | news.keys()
        members, sessions, preferences = await asyncio.gather(
            self._receipts.members(readers),
            self._sessions.of({reader.user for reader in readers}),
            self._users.preferences({reader.user for reader in news}),
        )
        return _Audience(senders, members, sessions, preferences)

    async def _senders(self, news: Mapping[Reader, News]) -> Mapping[Reader, frozenset[str]]:
        """Who sent what each reader newly covers, himself left out."""
        stretches: dict[str, Stretch] = {}
        for reader, one in news.items():
            stretches[reader.conversation] = _union(stretches.get(reader.conversation, one.stretch), one.stretch)
        found = await self._receipts.senders(stretches)
        return {reader: _senders_in(found.get(reader.conversation, {}), one, reader) for reader, one in news.items()}


@dataclass(frozen=True, slots=True)
class _Audience:
    senders: Mapping[Reader, frozenset[str]]
    members: frozenset[Reader]
    sessions: Mapping[str, Sequence[SessionAddress]]
    preferences: Mapping[str, Preferences]

    def of(self, reader: Reader, news: News) -> Iterator[SessionAddress]:
        """The sockets that are told of this reader."""
        if reader not in self.members:
            return
        yield from (found for found in self.sessions.get(reader.user, ()) if not news.is_known_to(found.session))
        if self.preferences.get(reader.user, _DEFAULTS).read_receipts:
            for user in sorted(self.senders[reader]):
                if Reader(reader.conversation, user) in self.members:
                    yield from self.sessions.get(user, ())


def _union(one: Stretch, other: Stretch) -> Stretch:
    """From the beginning of the first to the end of the last."""
    return Stretch(min(one.after, other.after), max(one.to, other.to))


def _senders_in(senders: Mapping[int, str], news: News, reader: Reader) -> frozenset[str]:
    after, to = news.stretch
    return frozenset(user for seq, user in senders.items() if after < seq <= to) - {reader.user}


def _frame(reader: Reader, news: News) -> Receipt:
    delivered, read = news.cursor
    return Receipt(conversation=reader.conversation, user=reader.user, delivered=delivered, read=read, at=news.at)
