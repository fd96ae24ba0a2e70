"""What the inspections found, as tables and as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from parley.inspect.dead_letters import Letter
from parley.inspect.hops import Hop
from parley.inspect.lag import ALARM_AGE, GroupLag, PartitionLag
from parley.inspect.moments import age
from parley.inspect.topics import TopicRow
from parley.inspect.trace import Trace
from schemas.headers import DEAD_LETTER_ATTEMPTS, DEAD_LETTER_CODE, DEAD_LETTER_REASON
from schemas.times import from_millis, rfc3339

LAGGING_SHOWN = 30
ALARM = "ALARM"
_SHORT = 20
"""Characters."""


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def topics_table(rows: Sequence[TopicRow]) -> Table:
    table = _table("topic", "topics", "partitions", "records", "retention", right=("topics", "partitions", "records"))
    for row in rows:
        numbers = (f"{number:,}" for number in (row.topics, row.partitions, row.records))
        table.add_row(escape(row.name), *numbers, row.retention or "not Parley's")
    return table


def lag_tables(groups: Sequence[GroupLag], now: datetime) -> list[Table]:
    """The totals, and the partitions that lag, the longest first."""
    totals = _table("group", "partitions", "lag", "lost", "oldest unread", "", right=("partitions", "lag", "lost"))
    for group in groups:
        numbers = (f"{number:,}" for number in (len(group.partitions), group.records, group.lost))
        totals.add_row(group.group, *numbers, *_since(group, now))
    lagging = sorted(
        (one for group in groups for one in group.partitions if one.records or one.lost),
        key=lambda one: (one.oldest or now, -one.records),
    )
    return [totals, _lagging(lagging, now)] if lagging else [totals]


def _lagging(lagging: Sequence[PartitionLag], now: datetime) -> Table:
    numbers = ("partition", "next", "end", "lag", "lost")
    table = _table("group", "topic", *numbers, "oldest unread", "", right=numbers)
    for one in lagging[:LAGGING_SHOWN]:
        shown = (str(number) for number in (one.partition, one.position, one.end, one.records, one.lost))
        table.add_row(one.group, escape(one.topic), *shown, *_since(one, now))
    if len(lagging) > LAGGING_SHOWN:
        table.caption = f"and {len(lagging) - LAGGING_SHOWN:,} partitions more (--json has all)"
    return table


def _since(lag: GroupLag | PartitionLag, now: datetime) -> tuple[str, str]:
    unread = "-" if lag.oldest is None else f"{rfc3339(lag.oldest)} ({age(now - lag.oldest)})"
    return unread, f"[bold red]{ALARM}[/]" if lag.alarming(now) else ""


def lag_json(groups: Sequence[GroupLag], now: datetime) -> dict[str, Any]:
    return {
        "at": rfc3339(now),
        "alarm_seconds": int(ALARM_AGE.total_seconds()),
        "groups": [
            {
                "group": group.group,
                **_lag_object(group, now),
                "partitions": [_partition(p, now) for p in group.partitions],
            }
            for group in groups
        ],
    }


def _partition(one: PartitionLag, now: datetime) -> dict[str, Any]:
    place = {"topic": one.topic, "partition": one.partition, "position": one.position, "end": one.end}
    return {**place, **_lag_object(one, now)}


def _lag_object(lag: GroupLag | PartitionLag, now: datetime) -> dict[str, Any]:
    return {
        "lag": lag.records,
        "lost": lag.lost,
        "oldest_unread": None if lag.oldest is None else rfc3339(lag.oldest),
        "oldest_unread_seconds": None if lag.oldest is None else (now - lag.oldest).total_seconds(),
        "alarm": lag.alarming(now),
    }


def trace_table(trace: Trace) -> Table:
    table = _table("hop", "time", "+ms", "topic", "partition", "offset", "", right=("+ms", "partition", "offset"))
    times = _Times(trace.hops)
    for hop in trace.hops:
        if hop.missing is not None:
            table.add_row(hop.hop, "", "", "", "", "", f"[yellow]{escape(hop.missing)}[/]")
        elif hop.record is None:
            table.add_row(hop.hop, "", "", "MongoDB", "", "", escape(_words(hop.details)))
        else:
            record = hop.record
            place = (escape(record.topic), str(record.partition), str(record.offset))
            since_first = str(times.of(hop)["since_first_ms"])
            table.add_row(hop.hop, _clock(record.timestamp), since_first, *place, escape(_words(hop.details)))
    return table


def trace_json(trace: Trace) -> dict[str, Any]:
    times = _Times(trace.hops)
    return {
        "command": trace.name._asdict(),
        "hops": [_hop_object(hop, times) for hop in trace.hops],
    }


class _Times:
    """Each hop's distance from the first and from the one before it, in milliseconds; clocks may differ."""

    def __init__(self, hops: Sequence[Hop]) -> None:
        self._timed = [hop for hop in hops if hop.record is not None]

    def of(self, hop: Hop) -> Mapping[str, int]:
        index = next(index for index, each in enumerate(self._timed) if each is hop)
        now, first, previous = (self._at(place) for place in (index, 0, max(0, index - 1)))
        return {"since_first_ms": now - first, "since_previous_ms": now - previous}

    def _at(self, index: int) -> int:
        record = self._timed[index].record
        return 0 if record is None else record.timestamp


def _hop_object(hop: Hop, times: _Times) -> dict[str, Any]:
    if hop.missing is not None:
        return {"hop": hop.hop, "missing": hop.missing}
    if hop.record is None:
        return {"hop": hop.hop, **hop.details}
    record = hop.record
    return {
        "hop": hop.hop,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": rfc3339(from_millis(record.timestamp)),
        **times.of(hop),
        "traceparent": hop.traceparent,
        **hop.details,
    }


def _clock(millis: int) -> str:
    return rfc3339(from_millis(millis))


def _words(details: Mapping[str, Any]) -> str:
    """What is short on one line, what is long, and each of several addressees, on lines of their own."""
    told = [f"{name} {each}" for name, value in details.items() for each in _each(value)]
    short = [words for words in told if len(words) <= _SHORT]
    return "\n".join([", ".join(short), *(words for words in told if len(words) > _SHORT)]).strip()


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def letters_table(letters: Sequence[Letter]) -> Table:
    table = _table("id", "time", "code", "reason", "origin", "attempts", "redriven", right=("attempts",))
    for letter in letters:
        said = (letter.said(name) for name in (DEAD_LETTER_CODE, DEAD_LETTER_REASON))
        row = (str(letter.id), rfc3339(letter.at), *said, letter.place, letter.said(DEAD_LETTER_ATTEMPTS))
        table.add_row(*map(escape, (*row, redriven(letter))))
    return table


def redriven(letter: Letter) -> str:
    """What became of it."""
    if letter.mark is None:
        return "no"
    if letter.mark.redriven_as is None:
        return f"begun {rfc3339(letter.mark.at)} by {letter.mark.by}"
    return f"{rfc3339(letter.mark.at)} by {letter.mark.by}, as {letter.mark.redriven_as}"
