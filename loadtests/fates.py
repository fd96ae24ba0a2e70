"""How ephemeral chats end where processes are killed, and how that is judged, chat by chat."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

READABLE_SECONDS = 1.0
"""So long after `end` was sent no link of the chat leads anywhere, where nothing is killed."""
NOT_FOUND = 404


class Fate(StrEnum):
    ONE = "one ends it"
    BOTH = "both end it at once"
    RACE = "one speaks as the other ends it"
    AWAY = "one ends it while the other is away"
    HTTP = "one ends it over HTTP"


def fate_of(number: int) -> Fate:
    """Each of them as often as any other."""
    fates = tuple(Fate)
    return fates[number % len(fates)]


def first_ends(number: int) -> bool:
    """Whether it is the first of the two who ends it: half of each fate."""
    return number // len(Fate) % 2 == 0


@dataclass(frozen=True, slots=True)
class Over:
    """A chat that has ended, and how."""

    chat: str
    enders: frozenset[str]
    """Who sent an `end`, by name."""
    told: Mapping[str, Sequence[str]]
    """By name: by whom it was ended, each time he was told."""
    links: Sequence[int]
    """What both links answered when both had been told."""
    readable: float
    """Seconds from the first `end` that was sent until neither link led anywhere."""


def judge(over: Over, *, killed: bool) -> Iterator[str]:
    """What is wrong with it beside its history. With `killed` the time is nobody's fault."""
    said = {by for times in over.told.values() for by in times}
    for name, times in over.told.items():
        if len(times) != 1:
            yield f"{over.chat}: {name} was told {len(times)} times that it has ended"
    if len(said) > 1:
        yield f"{over.chat}: the two were told different ends: {sorted(said)}"
    if said - over.enders:
        yield f"{over.chat}: told to be ended by {sorted(said - over.enders)}, who sent no `end`"
    if any(status != NOT_FOUND for status in over.links):
        yield f"{over.chat}: its links answered {list(over.links)} when both had been told of the end"
    if over.readable > READABLE_SECONDS and not killed:
        yield f"{over.chat}: its links led somewhere for {over.readable:.2f} s after its end"
