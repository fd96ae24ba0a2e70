"""What ends ephemeral chats by itself: a seat that nobody enters, silence, age."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bus.mail import Mail, fragment, post
from bus.ports import Producer
from consumers.session_expiry.commanding import commanded
from domain.conversation import Conversation
from domain.ephemeral import WARNING, EphemeralChat, Timer, silence
from schemas import metrics
from schemas.commands import ExpireChat
from schemas.frames import Notice
from schemas.ids import SYSTEM_USER
from store.ports import Deadline, Store

_WARNED = "warned"
"""The rev at which both were warned."""


@dataclass(frozen=True, slots=True)
class ChatTimersConfig:
    warning: timedelta = WARNING


class ChatTimers:
    """Handles the deadlines of chats. Nothing is decided here: what is due becomes an `expire` in the conversation's
    own partition, which is refused there when something was said since. Each step may be repeated."""

    def __init__(self, store: Store, producer: Producer, now: Callable[[], datetime], config: ChatTimersConfig) -> None:
        self._store = store
        self._producer = producer
        self._now = now
        self._config = config

    async def due(self, deadlines: Sequence[Deadline]) -> None:
        """Raises Unavailable, UnknownOutcome or StoreUnavailable."""
        states = await self._store.decisions.load({deadline.payload["conversation"] for deadline in deadlines})
        for deadline in deadlines:
            state = states.get(deadline.payload["conversation"])
            if state is not None and state.ended_at is not None:
                _count("over")
            else:
                await self._handle(deadline, state, await self._store.chats.get(deadline.payload["conversation"]))

    async def _handle(self, deadline: Deadline, state: Conversation | None, chat: EphemeralChat | None) -> None:
        conversation = deadline.payload["conversation"]
        match Timer(deadline.payload["timer"]):
            case Timer.AGE:
                await self._expire(conversation, "expired")
            case Timer.UNCLAIMED if chat is None or chat.begun_at is None:
                await self._expire(conversation, "expired")
            case Timer.SILENCE if chat is not None:
                await self._listen(deadline, state, chat)
            case _:
                _count("kept")

    async def _listen(self, deadline: Deadline, state: Conversation | None, chat: EphemeralChat) -> None:
        # Our clock may be behind the one that the deadline was due by.
        now = max(self._now(), deadline.at)
        if state is None or chat.begun_at is None:
            # Whoever enters sets it before he is known to be in.
            return await self._again(deadline, now + chat.inactivity / 2, None)
        warned = deadline.payload.get(_WARNED) == str(state.rev)
        last = max(state.updated_at, chat.begun_at)
        found = silence(last, chat.inactivity, self._config.warning, now, warned=warned)
        if found is None:
            await self._expire(chat.conversation, "inactivity", state.rev)
            # Should something be said before that is decided, the chat goes on, and so does its timer.
            return await self._again(deadline, now + chat.inactivity / 2, None)
        if found.warn:
            await self._warn(chat, found.at)
        return await self._again(deadline, found.at, state.rev if found.warn else None)

    async def _again(self, deadline: Deadline, at: datetime, warned: int | None) -> None:
        payload = {name: value for name, value in deadline.payload.items() if name != _WARNED}
        payload |= {} if warned is None else {_WARNED: str(warned)}
        await self._store.deadlines.set([Deadline(deadline.id, deadline.kind, at, payload)])
        _count("kept" if warned is None else "warned")

    async def _warn(self, chat: EphemeralChat, at: datetime) -> None:
        sessions = await self._store.sessions.of([seat.user for seat in chat.seats])
        notice = fragment(Notice(conversation=chat.conversation, code="inactivity_soon", at=at))
        mail = Mail()
        for addresses in sessions.values():
            mail.put_to_all(addresses, notice)
        await post(self._producer, mail.records())

    async def _expire(
        self, conversation: str, reason: Literal["inactivity", "expired"], seen_rev: int | None = None
    ) -> None:
        """The same again for the same rev: it has one outcome."""
        command = ExpireChat(
            conversation=conversation,
            sender=SYSTEM_USER,
            client_id=f"{reason}-{'' if seen_rev is None else seen_rev}",
            reason=reason,
            seen_rev=seen_rev,
        )
        await self._producer.send(commanded(command))
        _count("expired")


def _count(outcome: str) -> None:
    metrics.CHAT_TIMERS.labels(outcome).inc()
