"""Putting dead letters back where they came from, each at most once.

Before it puts one back it marks it, behind the letter in the same partition; afterwards it marks it again with the new
place. A letter marked once only was put back or not, its process died meanwhile: the log it belongs in is searched for
it before it is tried again. Of two operators who begin at once, the one whose mark comes first goes on.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from bus.errors import UnknownOutcome
from bus.ports import Bus, Outgoing, Partition, Position, Record
from parley.inspect import places
from parley.inspect.dead_letters import Letter, is_mark, mark
from parley.inspect.running import Failure
from parley.inspect.scanning import Span, collect
from parley.inspect.searching import CLOCKS_DIFFER, Search
from schemas.headers import DEAD_LETTER_KEY, DEAD_LETTER_PREFIX, REDRIVEN_FROM, header
from schemas.times import to_millis
from schemas.topics import DEAD_LETTERS

_SEARCHED = 100_000
"""Records read of each partition to find out whether a letter was put back."""
_KEPT_SURELY = timedelta(days=5)
"""Retention has not taken what was put back later than this."""


def original(letter: Letter) -> Outgoing:
    """The record as it was, with where it comes from: same bytes, same key, same headers, a new place."""
    key = next((value for name, value in letter.record.headers if name == DEAD_LETTER_KEY), None)
    kept = tuple(
        (name, value)
        for name, value in letter.record.headers
        if not name.startswith(DEAD_LETTER_PREFIX) and name != REDRIVEN_FROM
    )
    return Outgoing(
        letter.origin.topic,
        letter.record.value,
        key=key,
        headers=(*kept, (REDRIVEN_FROM, letter.name.encode())),
        partition=None if key is not None else letter.origin.number,
    )


class Result(NamedTuple):
    done: bool
    """Whether it was put back just now."""
    text: str


class Redriver:
    """Acts for one operator."""

    def __init__(self, bus: Bus, operator: str) -> None:
        self._bus = bus
        self._producer = bus.producer()
        self._operator = operator

    async def redrive(self, letter: Letter, read_to: int, now: datetime) -> Result:
        """Put a letter back unless it was; `read_to` is how far its partition was read when its mark was looked for.

        Raises Failure when it is not known whether it was done, Unavailable when it was not.
        """
        already = await self._already(letter, now)
        if already is not None:
            await self._settle(letter, already, now)
            return Result(done=False, text=f"was put back already, as {already}")
        begun = await self._send(mark(letter, self._operator, None, now))
        if await self._begun_by_another(letter, Span(read_to, begun.offset)):
            return Result(done=False, text="somebody else is putting it back right now")
        put = await self._send(original(letter))
        place = f"{put.topic}/{put.partition}/{put.offset}"
        await self._send(mark(letter, self._operator, place, now))
        return Result(done=True, text=f"put back as {place}")

    async def _already(self, letter: Letter, now: datetime) -> str | None:
        if letter.mark is None:
            return None
        return letter.mark.redriven_as or await self._arrived(letter, letter.mark.at, now)

    async def _settle(self, letter: Letter, place: str, now: datetime) -> None:
        """Complete the mark of somebody who could not."""
        if letter.mark is not None and letter.mark.redriven_as is None:
            await self._send(mark(letter, self._operator, place, now))

    async def _send(self, record: Outgoing) -> Position:
        try:
            return await self._producer.send(record)
        except UnknownOutcome as unknown:
            raise Failure(f"not known whether it was done; ask again, and that is found out: {unknown}") from unknown

    async def _begun_by_another(self, letter: Letter, meanwhile: Span) -> bool:
        records = await collect(self._bus, {Partition(DEAD_LETTERS, letter.record.partition): meanwhile})
        return any(is_mark(record) and record.key == letter.record.key for record in records)

    async def _arrived(self, letter: Letter, begun: datetime, now: datetime) -> str | None:
        """Where a letter stands that somebody once began to put back. Raises Failure when that cannot be told."""

        def is_it(record: Record) -> bool:
            return header(record.headers, REDRIVEN_FROM) == letter.name

        partitions = await places.of_topic(self._bus.admin(), letter.origin.topic)
        search = Search(self._bus, _SEARCHED)
        found = await search.find(partitions, to_millis(begun - CLOCKS_DIFFER), is_it)
        if found.records:
            record = found.records[0]
            return f"{record.topic}/{record.partition}/{record.offset}"
        if not found.complete or now - begun > _KEPT_SURELY:
            raise Failure(f"{letter.id}: somebody began to put it back at {begun}, and it cannot be told if he did")
        return None
