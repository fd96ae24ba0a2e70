"""Guesses at the codes of ephemeral chats: how many may be judged, and how that is judged. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

CODES = 2**40


@dataclass(frozen=True, slots=True)
class Lock:
    """So many tries are free; from the last of these on each locks out, for a second first, then twice as long each
    time, up to the longest."""

    free: int
    longest: float

    def after(self, tries: int) -> float:
        """For how many seconds the last of so many tries locks out."""
        return 0.0 if tries < self.free else min(2.0 ** (tries - self.free), self.longest)

    def allowed(self, seconds: float) -> int:
        """How many tries can be judged within so many seconds, the first of them at their beginning."""
        tries, passed = self.free, self.after(self.free)
        while passed <= seconds:
            tries += 1
            passed += self.after(tries)
        return tries


SEAT = Lock(free=5, longest=900.0)
"""At one seat, of whomever: the specification's numbers (docs/ephemeral.md, "Codes"), not the platform's code."""
SOURCE = Lock(free=20, longest=3600.0)
"""From one address, at whatever seats: likewise."""


class Verdict(StrEnum):
    """What a guess came to."""

    JUDGED = "judged"
    """And wrong."""
    LOCKED_OUT = "locked out"
    GOT_IN = "got in"
    FAILED = "failed"
    """Something else was answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One guess at a seat. Times are seconds of one clock."""

    seat: str
    sent: float
    answered: float
    status: int
    tries_left: int | None = None
    retry_after: float | None = None

    @property
    def verdict(self) -> Verdict:
        match self.status:
            case 403 if self.tries_left is not None:
                return Verdict.JUDGED
            case 429 if self.retry_after is not None:
                return Verdict.LOCKED_OUT
            case 200:
                return Verdict.GOT_IN
        return Verdict.FAILED


def counted(answers: Sequence[Answer], verdict: Verdict) -> int:
    return sum(answer.verdict is verdict for answer in answers)


def elapsed(answers: Sequence[Answer]) -> float:
    """From when the first was sent to when the last was answered."""
    return max(one.answered for one in answers) - min(one.sent for one in answers) if answers else 0.0


def judge(what: str, answers: Sequence[Answer], lock: Lock) -> Iterator[str]:
    """Guesses that one lock has to hold back: no more are judged than it allows in their time, and those that are free
    all are."""
    judged, allowed = counted(answers, Verdict.JUDGED), lock.allowed(elapsed(answers))
    if judged > allowed:
        yield f"{what}: {judged} guesses were judged in {elapsed(answers):.1f} s, {allowed} are allowed"
    if judged < min(lock.free, len(answers)):
        yield f"{what}: {judged} guesses were judged, {lock.free} are free"
    yield from _answered(what, answers)


def judge_seats(what: str, answers: Sequence[Answer]) -> Iterator[str]:
    """Guesses at many seats, each from a source that makes no other: each seat's own lock holds them back."""
    for seat, found in _by_seat(answers).items():
        yield from judge(f"{what}, seat {seat}", found, SEAT)


def allowed_at_seats(answers: Sequence[Answer]) -> int:
    """How many of such guesses may be judged, at all seats together."""
    return sum(min(len(found), SEAT.allowed(elapsed(found))) for found in _by_seat(answers).values())


def _by_seat(answers: Sequence[Answer]) -> Mapping[str, Sequence[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.seat, []).append(answer)
    return found


def judge_one_seat(first: Sequence[Answer], flood: Sequence[Answer]) -> Iterator[str]:
    """Guesses at one seat: the first one after the other, then many at once."""
    answers, what = [*first, *flood], "one seat"
    yield from judge(what, answers, SEAT)
    left = [answer.tries_left for answer in first]
    if left != list(range(SEAT.free - 1, -1, -1))[: len(first)]:
        yield f"{what}: tries left were told to be {left}"
    later = {answer.tries_left for answer in flood if answer.verdict is Verdict.JUDGED} - {0}
    if later:
        yield f"{what}: tries left were told to be {sorted(map(str, later))} after the last free one"
    longest = max((answer.retry_after or 0.0 for answer in flood), default=0.0)
    judged = counted(answers, Verdict.JUDGED)
    if longest > SEAT.after(judged):
        yield f"{what}: told to wait for {longest:.0f} s after {judged} tries, {SEAT.after(judged):.0f} s are due"
    if judged > SEAT.free and longest < SEAT.after(judged - 1):
        yield f"{what}: told to wait for {longest:.0f} s at most after {judged} tries: it does not grow"


def _answered(what: str, answers: Sequence[Answer]) -> Iterator[str]:
    if got_in := counted(answers, Verdict.GOT_IN):
        yield f"{what}: {got_in} guesses got in"
    failed = sorted({answer.status for answer in answers if answer.verdict is Verdict.FAILED})
    if failed:
        yield f"{what}: {counted(answers, Verdict.FAILED)} guesses were answered with {failed}"
