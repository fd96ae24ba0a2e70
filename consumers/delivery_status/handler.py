"""One batch of receipts: read, folded into cursors and rows, stored in bulk, then told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

import structlog

from bus.ports import Partition, Record
from consumers.delivery_status.records import read
from consumers.delivery_status.telling import News, Teller
from domain.receipts import Mark, MemberCursor, Reader, ReceiptRow, Step, fold, made_by, possible_rows
from schemas import metrics
from store.ports import Receipts

log = structlog.get_logger(__name__)


class DeliveryStatusHandler:
    """Stores first, then tells. A batch that comes again changes nothing, and is told again: what a mark did the first
    time is known by its rows."""

    def __init__(self, receipts: Receipts, teller: Teller) -> None:
        self._receipts = receipts
        self._teller = teller

    async def handle(self, records: Sequence[Record]) -> Callable[[], Awaitable[None]]:
        """Store a batch; telling of it is the rest. Raises StoreUnavailable, Unavailable or UnknownOutcome when it has
        to come again, anything else for a record that can never be handled."""
        marks = [read(record) for record in records]
        with metrics.DELIVERY_STATUS_STORE_SECONDS.time():
            news = await self._settle(marks)
        return partial(self._teller.tell, news)

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Nobody waits for a receipt, and the next one covers what it said."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered of them."""

    async def _settle(self, marks: Sequence[Mark]) -> Mapping[Reader, News]:
        readers = {mark.reader for mark in marks}
        cursors, members = await asyncio.gather(self._receipts.cursors(readers), self._receipts.members(readers))
        steps = fold([mark for mark in marks if mark.reader in members], cursors)
        new = [step for step in steps if step.rows]
        repeated = await self._repeated([step for step in steps if not step.rows])
        if new:
            await self._receipts.advance([row for step in new for row in step.rows], _last_cursors(new))
        _count(len(marks), len(steps), len(new), len(repeated))
        return _news(steps, repeated)

    async def _repeated(self, steps: Sequence[Step]) -> Mapping[Mark, Sequence[ReceiptRow]]:
        """Marks that say nothing new because they were handled before, with what they did then."""
        wanted = {step.mark: possible_rows(step.mark) for step in steps}
        if not wanted:
            return {}
        found = await self._receipts.rows({key for keys in wanted.values() for key in keys})
        made = {mark: made_by(mark, [found[key] for key in keys if key in found]) for mark, keys in wanted.items()}
        return {mark: rows for mark, rows in made.items() if rows}


def _last_cursors(steps: Iterable[Step]) -> Mapping[Reader, MemberCursor]:
    return {step.mark.reader: step.cursor for step in steps}


def _news(steps: Iterable[Step], repeated: Mapping[Mark, Sequence[ReceiptRow]]) -> Mapping[Reader, News]:
    """What the steps say of each reader, those taken before included; those that said nothing never are."""
    news: dict[Reader, News] = {}
    for step in steps:
        rows = step.rows or repeated.get(step.mark, ())
        if rows:
            latest = News.of(step.cursor, step.mark.at, step.mark.session, rows)
            known = news.get(step.mark.reader)
            news[step.mark.reader] = latest if known is None else known.then(latest)
    return news


def _count(marks: int, members: int, new: int, repeated: int) -> None:
    metrics.DELIVERY_STATUS_MARKS.labels("new").inc(new)
    metrics.DELIVERY_STATUS_MARKS.labels("repeated").inc(repeated)
    metrics.DELIVERY_STATUS_MARKS.labels("stale").inc(members - new - repeated)
    metrics.DELIVERY_STATUS_MARKS.labels("not_a_member").inc(marks - members)
