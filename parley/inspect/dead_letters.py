"""The dead letters: what they are of, why they are there, and which were put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from bus.ports import Bus, Outgoing, Partition, Record
from parley.inspect import places
from parley.inspect.running import Failure
from parley.inspect.scanning import collect, spans
from schemas import headers as names
from schemas.headers import SCHEMA, header, headers
from schemas.times import from_millis, rfc3339
from schemas.topics import DEAD_LETTERS

READ_AT_MOST = 5_000
"""Dead letters that are looked at in each partition: the newest."""

_MARK_SCHEMA = "redrive/1"


class LetterId(NamedTuple):
    """A dead letter's place: partition and offset within the topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"


def parse_letter_id(text: str) -> LetterId:
    """`3/17`, or `dead-letters/3/17`. Raises Failure for anything else."""
    partition, _, offset = text.removeprefix(f"{DEAD_LETTERS}/").partition("/")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise Failure(f"{text!r} names no dead letter: they are named like 3/17")
    return LetterId(int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands behind a dead letter in its partition once somebody began to put it back: `redriven_as` is where
    it stands now, None while that is not known to have happened."""

    letter: str
    at: datetime
    by: str
    redriven_as: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. Its key, `<topic>/<partition>/<offset>`, is the place of the original."""

    record: Record
    mark: Mark | None

    @property
    def id(self) -> LetterId:
        return LetterId(self.record.partition, self.record.offset)

    @property
    def name(self) -> str:
        """Its place in full, as headers and marks name it."""
        return f"{DEAD_LETTERS}/{self.id}"

    @property
    def origin(self) -> Partition:
        return Partition(self.said(names.DEAD_LETTER_TOPIC), int(self.said(names.DEAD_LETTER_PARTITION)))

    @property
    def place(self) -> str:
        return "/".join(
            map(self.said, (names.DEAD_LETTER_TOPIC, names.DEAD_LETTER_PARTITION, names.DEAD_LETTER_OFFSET))
        )

    @property
    def at(self) -> datetime:
        return from_millis(int(self.said(names.DEAD_LETTER_AT)))

    def said(self, name: str) -> str:
        return header(self.record.headers, name) or "?"


class Box(NamedTuple):
    """The dead letters there are, in order of time, and up to where each partition was read."""

    letters: Sequence[Letter]
    ends: Mapping[Partition, int]

    def one(self, wanted: LetterId) -> Letter:
        """Raises Failure when it is not there (any more)."""
        for letter in self.letters:
            if letter.id == wanted:
                return letter
        raise Failure(f"there is no dead letter {wanted} (any more)")


async def read(bus: Bus) -> Box:
    """The newest dead letters with their marks. Raises Failure when there is no such topic, Unavailable."""
    admin = bus.admin()
    there = await spans(admin, await places.of_topic(admin, DEAD_LETTERS), None)
    if not there:
        raise Failure(f"there is no topic {DEAD_LETTERS}")
    records = await collect(bus, {partition: span.newest(READ_AT_MOST) for partition, span in there.items()})
    return Box(letters_in(records), {partition: span.end for partition, span in there.items()})


def letters_in(records: Sequence[Record]) -> Sequence[Letter]:
    """The letters among these records. A mark counts for every letter of the same original: they are repetitions."""
    marks: dict[bytes | None, Mark] = {}
    for record in filter(is_mark, records):
        if record.key not in marks or marks[record.key].redriven_as is None:
            marks[record.key] = _mark(record)
    letters = [Letter(record, marks.get(record.key)) for record in records if not is_mark(record)]
    return sorted(letters, key=lambda letter: (letter.at, letter.id))


def is_mark(record: Record) -> bool:
    return header(record.headers, SCHEMA) == _MARK_SCHEMA


def _mark(record: Record) -> Mark:
    said: dict[str, Any] = orjson.loads(record.value or b"{}")
    return Mark(said["dead_letter"], from_millis(record.timestamp), said["by"], said["redriven_as"])


def mark(letter: Letter, by: str, redriven_as: str | None, at: datetime) -> Outgoing:
    """The mark as a record: in the letter's own partition and behind it, so that retention takes it later."""
    said = {
        "type": "redriving" if redriven_as is None else "redriven",
        "dead_letter": letter.name,
        "redriven_as": redriven_as,
        "by": by,
        "at": rfc3339(at),
    }
    return Outgoing(
        DEAD_LETTERS,
        orjson.dumps(said),
        key=letter.record.key,
        headers=headers(**{SCHEMA: _MARK_SCHEMA}),
        partition=letter.record.partition,
    )
