"""The group runner: a consumer group's partitions, read in order, handled in batches, committed last.

Each failure of a batch is one of three: tried again with backoff while nothing further is read (backpressure), put
into the dead letters alone, or, when even that fails, a partition that stands still with an alarm. None is only
logged. After arroyo's retry, dead letter and backpressure.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, Protocol

import structlog

from bus.dead_letters import code_of, dead_letter
from bus.errors import BusError, NotOwner, Unavailable, UnknownOutcome
from bus.insisting import Insistence, Patience
from bus.ports import EARLIEST, Membership, Ownership, Partition, Producer, Reader, Record
from schemas import metrics

log = structlog.get_logger(__name__)


Rest = Callable[[], Awaitable[None]]
"""The second half of a batch."""


class Handler(Protocol):
    """What is done with the records."""

    async def handle(self, records: Sequence[Record]) -> Rest | None:
        """Handle a batch, in order per partition; it may come again, whole or in parts, until it is done.

        What is returned is the rest of it, which runs while the next batch is handled; the rests of batches run one
        after the other, in order. The batch counts as handled when its rest has run, which may be tried several times.

        What it raises decides: Unavailable, UnknownOutcome and the runner's `retryable` have it come again; NotOwner
        gives its partitions up; anything else is a record that can never be handled.
        """

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """The record is in the dead letters; go on as if it were handled. May come again; may raise as `handle`."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """These are no longer ours: forget what is remembered of them."""


@dataclass(frozen=True, slots=True)
class RunnerConfig:
    group: str
    topic: str
    retryable: tuple[type[Exception], ...] = ()
    """What else `handle` may raise to have the batch come again."""
    max_records: int = 200
    poll_seconds: float = 0.5
    commit_seconds: float = 1.0
    patience: Patience = field(default_factory=Patience)


class _UnderWay(NamedTuple):
    """A batch whose rest is running."""

    records: Sequence[Record]
    attempt: int
    task: "asyncio.Task[Exception | None]"


class GroupRunner:
    """Runs a handler over what the group gives to this member. One batch is handled while the rest of the one before
    it runs; nothing further is read meanwhile."""

    def __init__(
        self,
        membership: Membership,
        reader: Reader,
        producer: Producer,
        handler: Handler,
        random: Random,
        now: Callable[[], int],
        config: RunnerConfig,
    ) -> None:
        self._membership = membership
        self._reader = reader
        self._producer = producer
        self._handler = handler
        self._now = now
        self._config = config
        self._insistence = Insistence(
            config.group,
            (Unavailable, UnknownOutcome, *config.retryable),
            membership.report_progress,
            lambda: len(self._handled),
            random,
            config.patience,
        )
        self._assigned: set[int] = set()
        """Ours, and not yet read."""
        self._handled: dict[int, int] = {}
        """The next offset of each partition that is read."""
        self._committed: dict[int, int] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._rest: _UnderWay | None = None

    async def run(self) -> None:
        """Work until cancelled; then finish the batch in hand, for as long as a revocation may take, and commit.

        Raises (in a group) MembershipLost when the process has to start anew, as it must when a poll or a handler
        made no progress for too long.
        """
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            working = tasks.create_task(self._work(), name=f"{self._config.group}-work")
            try:
                await self._membership.run(Ownership(self._assign, self._revoke))
            finally:
                working.cancel()

    async def still_owner(self, partitions: frozenset[Partition]) -> None:
        """Returns when the group confirms that these are ours; raises NotOwner when it refuses.

        Asks by committing the last offset again. Raises Unavailable or UnknownOutcome when it cannot be told.
        """
        numbers = {partition.number for partition in partitions}
        missing = numbers - self._handled.keys()
        if missing:
            raise NotOwner("revoked", missing)
        await self._membership.commit({number: self._handled[number] for number in numbers})

    def _assign(self, partitions: frozenset[int]) -> None:
        self._assigned |= partitions

    async def _revoke(self, partitions: frozenset[int]) -> None:
        """Stop reading, let the batch in hand finish, commit, forget. The membership bounds how long this may take."""
        self._assigned -= partitions
        self._reader.remove(self._named(partitions))
        try:
            await self._idle.wait()
            await self._commit(partitions)
        finally:
            self._drop(partitions)

    def _drop(self, partitions: Iterable[int]) -> None:
        dropped = frozenset(self._named(partitions))
        self._reader.remove(dropped)
        for partition in dropped:
            self._handled.pop(partition.number, None)
            self._committed.pop(partition.number, None)
        self._handler.lost(dropped)

    async def _work(self) -> None:
        clock = asyncio.get_running_loop().time
        commit_at = clock() + self._config.commit_seconds
        while True:
            self._membership.report_progress()
            await self._take_assigned()
            records = await self._poll()
            if records:
                await self._in_hand(records)
            elif self._rest is not None:
                await self._finish_rests()
            if self._rest is None:
                self._idle.set()
            if clock() >= commit_at:
                await self._commit(frozenset(self._handled))
                commit_at = clock() + self._config.commit_seconds

    async def _take_assigned(self) -> None:
        if not self._assigned:
            return
        wanted = frozenset(self._assigned)
        try:
            committed = await self._membership.committed(wanted)
        except BusError as error:
            await self._insistence.pause(1, error)
            return
        # What was revoked while we asked is another's.
        taken = wanted & self._assigned
        self._assigned -= taken
        self._handled.update({number: committed.get(number, 0) for number in taken})
        self._committed.update({number: committed[number] for number in taken if number in committed})
        self._reader.add({Partition(self._config.topic, n): committed.get(n, EARLIEST) for n in taken})

    async def _poll(self) -> Sequence[Record]:
        found: Mapping[Partition, Sequence[Record]] = await self._reader.poll(
            self._config.poll_seconds, self._config.max_records
        )
        return [record for records in found.values() for record in records]

    async def _in_hand(self, records: Sequence[Record]) -> None:
        self._idle.clear()
        await self._process(records)

    async def _process(self, records: Sequence[Record], attempt: int = 1) -> None:
        """Have the records handled, or put aside those that cannot be. Their rest may be under way at the end."""
        try:
            rest = await self._insistence.on(lambda: self._handler.handle(records))
        except Exception as error:  # noqa: BLE001 - whatever a handler cannot handle is found out by bisection
            await self._finish_rests()
            await self._failed_for_good(records, error, attempt)
            return
        await self._finish_rests()
        if rest is None:
            self._mark(records)
        else:
            self._rest = _UnderWay(records, attempt, self._tasks.create_task(self._run_rest(rest)))

    async def _run_rest(self, rest: Rest) -> Exception | None:
        """Raises nothing: what went wrong is dealt with in the order of the batches."""
        try:
            await self._insistence.on(rest)
        except Exception as error:  # noqa: BLE001 - see `_finish_rests`
            return error
        return None

    async def _finish_rests(self) -> None:
        """Wait for the rest that is under way, and deal with what of it cannot be done."""
        while (under_way := self._rest) is not None:
            error = await under_way.task
            self._rest = None
            if error is None:
                self._mark(under_way.records)
            else:
                await self._failed_for_good(under_way.records, error, under_way.attempt)

    async def _failed_for_good(self, records: Sequence[Record], error: Exception, attempt: int) -> None:
        if isinstance(error, NotOwner):
            await self._give_up(records, error)
        else:
            await self._isolate(records, error, attempt)

    async def _isolate(self, records: Sequence[Record], error: Exception, attempts: int) -> None:
        if len(records) == 1:
            await self._put_aside(records[0], error, attempts)
            return
        middle = len(records) // 2
        for half in (records[:middle], records[middle:]):
            await self._process(half, attempts + 1)

    async def _put_aside(self, record: Record, error: Exception, attempts: int) -> None:
        """Into the dead letters. If that cannot be done, the partition stands still until it can."""
        letter = dead_letter(record, error, attempts, now=self._now())
        try:
            await self._insistence.on(lambda: self._producer.send(letter))
            await self._insistence.on(lambda: self._handler.dead_lettered(record, error))
        except NotOwner as lost:
            await self._give_up([record], lost)
            return
        metrics.DEAD_LETTERED.labels(self._config.group, code_of(error)).inc()
        log.error(
            "dead_lettered",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            code=code_of(error),
            error=type(error).__name__,
        )
        self._mark([record])

    async def _give_up(self, records: Sequence[Record], lost: NotOwner) -> None:
        """Drop the partitions that are another's now, and have the rest of the batch handled."""
        numbers = lost.partitions or frozenset(record.partition for record in records)
        log.warning("partitions_lost", group=self._config.group, partitions=sorted(numbers))
        self._drop(numbers)
        kept = [record for record in records if record.partition not in numbers]
        if kept:
            await self._process(kept)

    def _mark(self, records: Sequence[Record]) -> None:
        for record in records:
            if record.partition in self._handled:
                self._handled[record.partition] = record.offset + 1

    async def _commit(self, partitions: frozenset[int]) -> None:
        """Commit what was handled and is not committed. That it fails harms nobody: the next will hold it again."""
        due = {
            number: offset
            for number, offset in self._handled.items()
            if number in partitions and self._committed.get(number) != offset
        }
        if not due:
            return
        try:
            await self._membership.commit(due)
        except NotOwner as lost:
            self._drop(lost.partitions or due)
        except BusError as error:
            log.warning("offsets_not_committed", group=self._config.group, error=repr(error))
        else:
            self._committed.update(due)

    def _named(self, partitions: Iterable[int]) -> list[Partition]:
        return [Partition(self._config.topic, number) for number in partitions]
