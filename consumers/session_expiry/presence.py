"""Who is online: decided from the sockets in the store, told to those who share a conversation."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Literal, cast

from pydantic import ValidationError

from bus.errors import UnknownTopic
from bus.mail import Mail, fragment
from bus.ports import Outgoing, Partition, Position, Producer, Record
from domain.presence import Grace, Presence, Seen, judge
from schemas import metrics, presence
from schemas.frames import UserStatus
from schemas.headers import schema_version
from schemas.presence import PresenceReport
from schemas.times import from_millis, rfc3339
from store.errors import Conflict
from store.ports import Deadline, PresenceChange, SessionAddress, Store

AWAY = "away"
"""The kind of the deadlines at which users who have no socket are looked at again."""

_USERS_AT_ONCE = 1_000


class Unreadable(ValueError):
    """A record that is no report, or of a schema above ours."""


class PresenceHandler:
    """Keeps what is told of each user in step with his sockets.

    Sockets are looked up after a report was read, so every report is answered from a state at least as new as itself;
    it may come again, late, or twice. What changes is stored first and told then, to sockets looked up after it was
    stored: whoever connects meanwhile reads it in his snapshot, or is told. A record that comes again after a crash
    finds itself as the cause of what is stored, and tells it again.
    """

    def __init__(self, store: Store, producer: Producer) -> None:
        self._store = store
        self._producer = producer

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises Unavailable, UnknownOutcome, StoreUnavailable, and Conflict when another was quicker: try again."""
        reports: dict[str, list[Seen]] = {}
        met: dict[str, set[str]] = {}
        for record in records:
            report = _read(record)
            reports.setdefault(report.user, []).append(_seen(report, record))
            met.setdefault(report.user, set()).update(report.to or ())
        told = await self._store.presences.load(reports)
        sockets = await self._store.sessions.of(told)
        graces: dict[str, Grace] = {}
        now: dict[str, Presence] = {}
        for user, before in told.items():
            now[user], grace = _judged(before, reports[user], sockets=bool(sockets.get(user)))
            if grace is not None:
                graces[user] = grace
        await self._store.deadlines.set([_deadline(user, grace) for user, grace in graces.items()])
        await self._change({user: PresenceChange(told[user], now[user]) for user in now if now[user] != told[user]})
        changed = {user: state for user, state in now.items() if any(s.place == state.cause for s in reports[user])}
        contacts = await self._store.contacts.of(changed) if changed else {}
        await self._tell({user: (now[user], contacts[user]) for user in contacts})
        # Who is offline is not told so: that is what everybody begins with.
        await self._tell({user: (state, met[user]) for user, state in now.items() if state.online and met[user]})

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Nobody waits for a word on it: what it reported is found when sockets and status are compared."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered."""

    async def _change(self, changes: Mapping[str, PresenceChange]) -> None:
        if not changes:
            return
        overtaken = await self._store.presences.change(changes)
        if overtaken:
            raise Conflict(f"{len(overtaken)} of {len(changes)} users were changed meanwhile")
        for change in changes.values():
            metrics.PRESENCE_CHANGED.labels(_status(change.after)).inc()

    async def _tell(self, news: Mapping[str, tuple[Presence, AbstractSet[str]]]) -> None:
        """Tell each one's state to some others, wherever their sockets are by now."""
        if not news:
            return
        sockets = await self._sockets({each for _, others in news.values() for each in others})
        mail = Mail()
        for user, (state, others) in news.items():
            frame = fragment(_frame(user, state))
            for topic, to in _by_edge(others, sockets).items():
                mail.put(topic, to, frame)
        await self._produce(mail.records())

    async def _sockets(self, users: Iterable[str]) -> Mapping[str, Sequence[SessionAddress]]:
        waiting, found = sorted(users), dict[str, Sequence[SessionAddress]]()
        for start in range(0, len(waiting), _USERS_AT_ONCE):
            found |= await self._store.sessions.of(waiting[start : start + _USERS_AT_ONCE])
        return found

    async def _produce(self, messages: Iterable[Outgoing]) -> None:
        acknowledgements = [found for message in messages if (found := await self._enqueue(message)) is not None]
        for outcome in await asyncio.gather(*acknowledgements, return_exceptions=True):
            # An edge that is no more counts as told: its clients read a snapshot elsewhere.
            if isinstance(outcome, BaseException) and not isinstance(outcome, UnknownTopic):
                raise outcome

    async def _enqueue(self, message: Outgoing) -> Awaitable[Position] | None:
        try:
            return await self._producer.enqueue(message)
        except UnknownTopic:
            return None


def _read(record: Record) -> PresenceReport:
    schema = schema_version(record.headers)
    if record.value is None or schema is None or schema[1] > presence.SCHEMA_VERSION:
        raise Unreadable
    try:
        report = PresenceReport.model_validate_json(record.value)
    except ValidationError as error:
        raise Unreadable from error
    metrics.PRESENCE_REPORTS.labels(report.type).inc()
    return report


def _seen(report: PresenceReport, record: Record) -> Seen:
    at = report.since or from_millis(record.timestamp)
    return Seen(report.type, f"{record.partition}/{record.offset}", at)


def _judged(told: Presence, reports: Iterable[Seen], *, sockets: bool) -> tuple[Presence, Grace | None]:
    """What is told after all of a user's reports, and until when to wait before he is looked at again."""
    grace: Grace | None = None
    for report in reports:
        verdict = judge(told, report, sockets=sockets)
        if isinstance(verdict, Grace):
            grace = verdict
        elif verdict is not None:
            told, grace = verdict, None
    return told, grace


def _deadline(user: str, grace: Grace) -> Deadline:
    return Deadline(f"{AWAY}/{user}", AWAY, grace.until, {"user": user, "since": rfc3339(grace.since)})


def _frame(user: str, state: Presence) -> UserStatus:
    last_online = cast("datetime", state.last_online)  # whoever changed was online once
    return UserStatus(user=user, status=_status(state), last_online=last_online)


def _status(state: Presence) -> Literal["online", "offline"]:
    return "online" if state.online else "offline"


def _by_edge(users: Iterable[str], sockets: Mapping[str, Sequence[SessionAddress]]) -> Mapping[str, list[str]]:
    by_edge: dict[str, list[str]] = {}
    for user in users:
        for address in sockets.get(user, ()):
            by_edge.setdefault(address.edge_topic, []).append(address.session)
    return by_edge
