"""Finds out, for partitions that are to be read, which broker to ask and where to begin."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bus.kafka import topology
from bus.kafka.link import Link
from bus.ports import EARLIEST, Partition

GONE_SECONDS = 1.0
"""A partition counts as gone when brokers have denied it for so long: one of them may merely lag."""


@dataclass(slots=True, eq=False)
class Search:
    """A partition whose leader is looked for."""

    partition: Partition
    offset: int
    out_of_range: bool = False
    """The leader has no record at `offset`: the nearest place it does have is looked for, too."""
    denied_since: float | None = None


class Located(NamedTuple):
    search: Search
    leader: int
    offset: int


class Findings(NamedTuple):
    located: list[Located]
    gone: list[Search]


async def locate(link: Link, searches: Collection[Search]) -> Findings:
    """What could be found out about these; the rest is to be tried again. Raises Unavailable."""
    led = await topology.leaders(link, {search.partition.topic for search in searches})
    gone = [search for search in searches if _is_gone(search, led)]
    by_leader: dict[int, list[Search]] = defaultdict(list)
    for search in searches:
        leader = led.get(search.partition.topic, {}).get(search.partition.number)
        if leader is not None:
            by_leader[leader].append(search)
    located: list[Located] = []
    for leader, found in by_leader.items():
        located += await _placed(link, leader, found)
    return Findings(located, gone)


def _is_gone(search: Search, led: Mapping[str, Mapping[int, int | None]]) -> bool:
    if search.partition.number in led.get(search.partition.topic, {}):
        search.denied_since = None
        return False
    now = asyncio.get_running_loop().time()
    if search.denied_since is None:
        search.denied_since = now
    return now - search.denied_since >= GONE_SECONDS


async def _placed(link: Link, leader: int, searches: Iterable[Search]) -> list[Located]:
    vague = [search for search in searches if search.out_of_range or search.offset == EARLIEST]
    starts = await topology.offsets_by(link, leader, [search.partition for search in vague], topology.START)
    ends = await topology.offsets_by(
        link, leader, [search.partition for search in vague if search.out_of_range], topology.END
    )
    offsets = {search: _place(search, starts, ends) for search in searches}
    return [Located(search, leader, offset) for search, offset in offsets.items() if offset >= 0]


def _place(search: Search, starts: Mapping[Partition, int], ends: Mapping[Partition, int]) -> int:
    """Where to begin; below zero when the leader could not say."""
    start = starts.get(search.partition, topology.UNKNOWN)
    if search.offset == EARLIEST:
        return start
    if not search.out_of_range:
        return search.offset
    end = ends.get(search.partition, topology.UNKNOWN)
    return topology.UNKNOWN if min(start, end) < 0 else min(max(search.offset, start), end)
