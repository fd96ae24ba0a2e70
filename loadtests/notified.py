"""Judges notifications: who was not there is told of everything, nobody of what he had, and nothing twice but what was
in flight at a kill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

READ_SECONDS = 1.0
"""What was sent right before a kill may be read so much after it."""
SAID_SECONDS = 5.0
"""A device's word so long before a push was known when that was made."""


class NotifiedFault(StrEnum):
    LOST = "notification lost"
    """A message that did not reach somebody, of whom no push told him."""
    HAD = "told of what he had"
    """His device had said `delivered` before."""
    MISDIRECTED = "misdirected"
    """To its sender, to somebody who is no member, or of no message."""
    DOUBLED = "doubled"
    """It came again, and was not in flight at a kill."""
    TOO_MANY = "too many in flight"
    """More came again than one process may have in flight."""
    TOPIC = "topic"
    """One notification under two topics, or two under one."""
    UNMAILED = "in no digest"
    """Fewer messages in somebody's digests than did not reach him."""
    MAILED_TWICE = "in two digests"
    """More messages in somebody's digests than one digest for each kill can repeat."""
    MAIL_DOUBLED = "digest doubled"
    """It came again, and no kill was in between."""


class Found(NamedTuple):
    fault: NotifiedFault
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.subject} {self.detail}"


class Push(NamedTuple):
    """A push as it arrived. Times are seconds of one clock."""

    user: str
    message: str
    topic: str
    at: float


class Mail(NamedTuple):
    """A digest as it arrived."""

    user: str
    id: str
    """Its Message-ID."""
    messages: int
    """That it is about."""
    at: float


class Said(NamedTuple):
    """A device said `delivered` of everything up to a seq."""

    conversation: str
    user: str
    delivered: int
    at: float


@dataclass(frozen=True, slots=True)
class Notified:
    """Everything that is to be judged, read when nothing is under way any more."""

    recipients: Mapping[str, frozenset[str]]
    """By message: the members but its sender."""
    absent: frozenset[str]
    """Who was never there."""
    pushes: Sequence[Push]
    mails: Sequence[Mail]
    said: Sequence[Said]
    """In the order of time."""
    kills: Sequence[float]
    at_once: int
    """Pushes that one process has in flight at most."""
    longest_seconds: float
    """That one is in flight at most."""

    @property
    def missed(self) -> frozenset[tuple[str, str]]:
        """Message and user, of all that reached nobody."""
        return frozenset((message, user) for message, users in self.recipients.items() for user in users & self.absent)

    @property
    def untold(self) -> frozenset[tuple[str, str]]:
        """Those of whom no push has come."""
        return self.missed - {(push.message, push.user) for push in self.pushes}

    @property
    def unmailed(self) -> int:
        """How many messages are in no digest yet."""
        told = _first_of_each(self.mails)
        missed = _per_user(self.missed)
        return sum(max(0, count - sum(mail.messages for mail in told[user])) for user, count in missed.items())

    @property
    def repeated(self) -> int:
        """Pushes that came again."""
        return len(self.pushes) - len({(push.message, push.user) for push in self.pushes})

    def figures(self) -> dict[str, int]:
        return {
            "absent": len(self.absent),
            "kills": len(self.kills),
            "to be told": len(self.missed),
            "pushes": len(self.pushes),
            "came again": self.repeated,
            "may come again": len(self.kills) * self.at_once,
            "untold": len(self.untold),
            "digests": len({mail.id for mail in self.mails}),
            "digests again": len(self.mails) - len({mail.id for mail in self.mails}),
            "in no digest": self.unmailed,
        }


def judge(run: Notified) -> list[Found]:
    """All that is wrong; nothing when all is well."""
    return [*_lost(run), *_unasked(run), *_topics(run), *_doubled(run), *_mailed(run), *_mailed_again(run)]


def _lost(run: Notified) -> Iterator[Found]:
    for message, user in sorted(run.untold):
        yield Found(NotifiedFault.LOST, message, f"for {user}")


def _unasked(run: Notified) -> Iterator[Found]:
    words: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for said in run.said:
        words[said.conversation, said.user].append(said)
    for push in run.pushes:
        conversation, _, seq = push.message.rpartition(".")
        if push.user not in run.recipients.get(push.message, ()):
            yield Found(NotifiedFault.MISDIRECTED, push.message, f"to {push.user}")
            continue
        for said in words[conversation, push.user]:
            if said.delivered >= int(seq) and said.at + SAID_SECONDS <= push.at:
                detail = f"to {push.user}, who had said so {push.at - said.at:.1f} s before"
                yield Found(NotifiedFault.HAD, push.message, detail)
                break


def _topics(run: Notified) -> Iterator[Found]:
    topics: dict[tuple[str, str], set[str]] = defaultdict(set)
    subjects: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for push in run.pushes:
        topics[push.message, push.user].add(push.topic)
        subjects[push.topic].add((push.message, push.user))
    for (message, user), names in topics.items():
        if len(names) > 1:
            yield Found(NotifiedFault.TOPIC, message, f"for {user} under {len(names)} topics")
    for topic, told in subjects.items():
        if len(told) > 1:
            yield Found(NotifiedFault.TOPIC, topic, f"of {len(told)} notifications")


def _doubled(run: Notified) -> Iterator[Found]:
    arrivals: dict[tuple[str, str], list[float]] = defaultdict(list)
    for push in sorted(run.pushes, key=lambda push: push.at):
        arrivals[push.message, push.user].append(push.at)
    across: dict[float, int] = defaultdict(int)
    for (message, user), times in arrivals.items():
        for first, again in pairwise(times):
            kill = _between(run.kills, first, again)
            if kill is None or kill - first > run.longest_seconds:
                yield Found(NotifiedFault.DOUBLED, message, f"for {user}, {again - first:.1f} s later")
            else:
                across[kill] += 1
    for kill, count in across.items():
        if count > run.at_once:
            yield Found(NotifiedFault.TOO_MANY, f"kill at {kill:.1f} s", f"{count} came again, {run.at_once} may")


def _between(kills: Iterable[float], first: float, again: float) -> float | None:
    """The first kill after an arrival and before the next one."""
    return min((kill for kill in kills if first - READ_SECONDS <= kill <= again), default=None)


def _mailed(run: Notified) -> Iterator[Found]:
    """A mail system shows the first of those with the same Message-ID."""
    told, missed = _first_of_each(run.mails), _per_user(run.missed)
    for user in sorted(missed.keys() | told.keys()):
        counts = [mail.messages for mail in told[user]]
        wanted = missed.get(user, 0)
        if sum(counts) < wanted:
            yield Found(NotifiedFault.UNMAILED, user, f"{sum(counts)} of {wanted}")
        elif sum(counts) - wanted > len(run.kills) * max(counts, default=0):
            yield Found(NotifiedFault.MAILED_TWICE, user, f"{sum(counts)} of {wanted}")


def _mailed_again(run: Notified) -> Iterator[Found]:
    known: dict[str, Mail] = {}
    for mail in sorted(run.mails, key=lambda mail: mail.at):
        before = known.get(mail.id)
        if before is not None and _between(run.kills, before.at, mail.at) is None:
            yield Found(NotifiedFault.MAIL_DOUBLED, mail.id, f"{mail.at - before.at:.1f} s later")
        known[mail.id] = mail


def _first_of_each(mails: Iterable[Mail]) -> dict[str, list[Mail]]:
    """By user, one for each Message-ID."""
    firsts: dict[str, Mail] = {}
    for mail in sorted(mails, key=lambda mail: mail.at):
        firsts.setdefault(mail.id, mail)
    found: dict[str, list[Mail]] = defaultdict(list)
    for mail in firsts.values():
        found[mail.user].append(mail)
    return found


def _per_user(missed: Iterable[tuple[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for _, user in missed:
        counts[user] += 1
    return counts
