"""One batch of the writer: read, decide, store in one transaction, then tell."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

import structlog

from bus.ports import Partition, Record
from consumers.writer.cache import ConversationCache
from consumers.writer.emitting import Emitter
from consumers.writer.planning import Place, Plan, plan, skip, touched
from consumers.writer.records import Submission, read
from domain.conversation import Conversation
from schemas import metrics
from schemas.errors import ErrorCode
from schemas.messages import Message
from store.errors import Conflict, StoreError, StoreUnavailable
from store.ports import Decisions

log = structlog.get_logger(__name__)

StillOwner = Callable[[frozenset[Partition]], Awaitable[None]]
"""Returns when these partitions are ours beyond doubt; raises NotOwner when the group refuses them."""


@dataclass(frozen=True, slots=True)
class WriterConfig:
    generation: int = 1
    """Of the topic `conversations`: a new number of partitions is a new generation."""
    cached_conversations: int = 20_000
    conflict_tries: int = 8
    conflict_backoff_seconds: float = 0.02
    """Before the second try; doubles with each."""


class WriterHandler:
    """Applies each record exactly once and emits it at least once, in log order, store first."""

    def __init__(
        self, decisions: Decisions, emitter: Emitter, still_owner: StillOwner, random: Random, config: WriterConfig
    ) -> None:
        self._decisions = decisions
        self._emitter = emitter
        self._still_owner = still_owner
        self._random = random
        self._config = config
        self._cache = ConversationCache(config.cached_conversations)

    async def handle(self, records: Sequence[Record]) -> Callable[[], Awaitable[None]]:
        """Settle a batch; telling of it is the rest.

        Raises StoreUnavailable, Unavailable or UnknownOutcome when the whole batch has to come again (what was
        stored is then only emitted), NotOwner when a partition is another's now, anything else for a record that
        can never be handled.
        """
        submissions = [read(record, self._config.generation) for record in records]
        with metrics.WRITER_STORE_SECONDS.time():
            settled = await self._settle(submissions)
        for one in settled.told:
            metrics.WRITER_OUTCOMES.labels(one.outcome.error or "stored").inc()
        return partial(self._tell, settled)

    async def _tell(self, settled: Plan) -> None:
        with metrics.WRITER_EMIT_SECONDS.time():
            await self._emitter.tell(settled.told)

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Move past a record that went to the dead letters, and tell its sender `internal`.

        Raises as `handle` does when that has to be tried again.
        """
        try:
            submission = read(record, self._config.generation)
        except Exception:  # noqa: BLE001 - unreadable: there is neither a conversation to move nor a sender to tell
            log.warning("unreadable_record_skipped", partition=record.partition, offset=record.offset)
            return
        self._cache.forget([submission.conversation])
        state = (await self._decisions.load([submission.conversation])).get(submission.conversation)
        if state is not None and state.applied < submission.stamp.place:
            await self._decisions.apply(skip(submission, state))
        await self._emitter.refuse(submission, ErrorCode.INTERNAL)

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Ownership of these ended: what is remembered of their conversations is not to be trusted any more."""
        self._cache.clear()

    async def _settle(self, submissions: Sequence[Submission]) -> Plan:
        """Decide and store. A conflict means that somebody else stored meanwhile: read again, decide again."""
        for attempt in range(self._config.conflict_tries):
            decided = await self._decide(submissions)
            try:
                await self._store(decided)
            except Conflict:
                metrics.WRITER_CONFLICTS.inc()
                await self._still_owner(frozenset(Partition(s.record.topic, s.record.partition) for s in submissions))
                await self._back_off(attempt)
            else:
                return decided
        raise StoreUnavailable(f"a conflict at each of {self._config.conflict_tries} tries")

    async def _decide(self, submissions: Sequence[Submission]) -> Plan:
        states, outcomes, messages = await asyncio.gather(
            self._states({one.conversation for one in submissions}),
            self._decisions.outcomes({one.key for one in submissions}),
            self._messages(touched(submissions)),
        )
        return plan(submissions, states, outcomes, messages)

    async def _messages(self, places: frozenset[Place]) -> Mapping[Place, Message]:
        return await self._decisions.messages(places) if places else {}

    async def _states(self, conversations: set[str]) -> Mapping[str, Conversation]:
        states = self._cache.get(conversations)
        if missing := conversations - states.keys():
            states |= await self._decisions.load(missing)
        return states

    async def _store(self, decided: Plan) -> None:
        if decided.batch.is_empty:
            return
        try:
            await self._decisions.apply(decided.batch)
        except StoreError:
            # Also when it is unknown whether it was stored: `applied`, loaded afresh, will tell.
            self._cache.forget(decided.states)
            raise
        self._cache.put(decided.states)

    async def _back_off(self, attempt: int) -> None:
        await asyncio.sleep(self._config.conflict_backoff_seconds * 2**attempt * self._random.uniform(0.5, 1.0))
