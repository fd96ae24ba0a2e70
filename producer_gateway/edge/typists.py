"""Who is typing: told to the other members straight away, and kept by nobody."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from bus.errors import BusError
from bus.mail import Mail, fragment
from bus.ports import Position, Producer
from schemas import metrics
from schemas.frames import TypingPush
from store.errors import StoreError
from store.ports import Contacts, SessionAddress, Sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TypistsConfig:
    gather_seconds: float = 0.05
    every_seconds: float = 1.0
    """Of one user in one conversation, a word at most so often: the latest."""
    repeat_seconds: float = 2.0
    """The same word is told again after so long, well before it expires with those who were told."""
    audience_seconds: float = 5.0
    """How long members and their sessions are believed: who left, was removed or blocked hears no more after that."""
    wait_seconds: float = 2.0
    """What the store or Kafka does not take in this time is dropped."""
    capacity: int = 5_000
    """Of words that wait, of words that are remembered, of audiences."""


class _Key(NamedTuple):
    user: str
    conversation: str


class _Told(NamedTuple):
    on: bool
    at: float


class _Audience(NamedTuple):
    sessions: Mapping[str, Sequence[SessionAddress]]
    """Of every member, also of those who have none."""
    until: float


class Typists:
    """Passes on who types, from this edge to the topics of the edges where the other members are.

    Nothing waits for it and nothing of it is tried again: what cannot be told in time is dropped, and counted. Only
    members are heard, and only others hear.
    """

    def __init__(self, contacts: Contacts, sessions: Sessions, producer: Producer, config: TypistsConfig) -> None:
        self._contacts = contacts
        self._sessions = sessions
        self._producer = producer
        self._config = config
        self._waiting: dict[_Key, bool] = {}
        self._told: dict[_Key, _Told] = {}
        self._audiences: dict[str, _Audience] = {}
        self._news = asyncio.Event()

    def take(self, user: str, conversation: str, *, on: bool) -> None:
        key = _Key(user, conversation)
        if self._is_known(key, on=on):
            _count("coalesced")
        elif len(self._waiting) >= self._config.capacity:
            _count("dropped")
        else:
            self._waiting[key] = on
            self._news.set()

    def _is_known(self, key: _Key, *, on: bool) -> bool:
        """Whether the others need not hear it: they know, or have forgotten by themselves."""
        if key in self._waiting:
            return self._waiting[key] == on
        told = self._told.get(key, _Told(on=False, at=-1.0))
        return told.on == on and not (on and self._now() - told.at >= self._config.repeat_seconds)

    async def run(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(self._config.gather_seconds)
            words = self._due()
            if words:
                await self._tell(words)
            if not self._waiting:
                self._news.clear()

    def _due(self) -> Mapping[_Key, bool]:
        latest = self._now() - self._config.every_seconds
        due = {key: on for key, on in self._waiting.items() if key not in self._told or self._told[key].at <= latest}
        for key in due:
            del self._waiting[key]
        return due

    async def _tell(self, words: Mapping[_Key, bool]) -> None:
        try:
            async with asyncio.timeout(self._config.wait_seconds):
                audiences = await self._ask({key.conversation for key in words})
                for record in self._address(words, audiences).records():
                    self._follow(await self._producer.enqueue(record))
        except (StoreError, BusError, TimeoutError) as error:
            _count("dropped", len(words))
            log.warning("typing_dropped", words=len(words), error=repr(error))

    def _address(self, words: Mapping[_Key, bool], audiences: Mapping[str, _Audience]) -> Mail:
        mail = Mail()
        for key, on in words.items():
            sessions = audiences[key.conversation].sessions
            if key.user not in sessions:
                _count("not_a_member")
                continue
            self._remember(key, _Told(on, self._now()))
            _count("told")
            frame = fragment(TypingPush(conversation=key.conversation, user=key.user, on=on))
            for topic, to in _by_edge(key.user, sessions).items():
                mail.put(topic, to, frame)
        return mail

    def _remember(self, key: _Key, told: _Told) -> None:
        self._told.pop(key, None)
        self._told[key] = told
        if len(self._told) > self._config.capacity:
            del self._told[next(iter(self._told))]

    async def _ask(self, conversations: Collection[str]) -> Mapping[str, _Audience]:
        now = self._now()
        known = {c: found for c in conversations if (found := self._audiences.get(c)) and found.until > now}
        missing = [conversation for conversation in conversations if conversation not in known]
        fresh = await self._look_up(missing, now + self._config.audience_seconds) if missing else {}
        if len(self._audiences) + len(fresh) > self._config.capacity:
            self._audiences.clear()
        self._audiences |= fresh
        return known | fresh

    async def _look_up(self, conversations: Sequence[str], until: float) -> dict[str, _Audience]:
        members = await self._contacts.audiences(conversations)
        sessions = await self._sessions.of({user for users in members.values() for user in users})
        return {
            conversation: _Audience({user: sessions.get(user, ()) for user in members.get(conversation, ())}, until)
            for conversation in conversations
        }

    def _follow(self, acknowledgement: Awaitable[Position]) -> None:
        asyncio.ensure_future(acknowledgement).add_done_callback(_note)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _by_edge(typist: str, sessions: Mapping[str, Sequence[SessionAddress]]) -> Mapping[str, list[str]]:
    by_edge: dict[str, list[str]] = {}
    for user, addresses in sessions.items():
        if user != typist:
            for address in addresses:
                by_edge.setdefault(address.edge_topic, []).append(address.session)
    return by_edge


def _note(acknowledged: "asyncio.Future[Position]") -> None:
    if acknowledged.cancelled() or acknowledged.exception() is not None:
        _count("lost")


def _count(outcome: str, words: int = 1) -> None:
    metrics.EDGE_TYPING.labels(outcome).inc(words)
