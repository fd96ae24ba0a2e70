"""Which conversations the server is being asked about, and when to ask again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from parley_client.backoff import Backoff
from schemas.frames import MAX_CURSORS

AGAIN = Backoff(base=0.25, cap=30.0)
"""After an answer that brought nothing, or none: what is missing must be there, so the server is asked again."""
ANSWER_SECONDS = 10.0


class Standing(NamedTuple):
    """Where a conversation stood when the server was asked about it."""

    cursor: tuple[str, int]
    foreign: frozenset[tuple[str, int]]
    """The pushes of other epochs (epoch, rev) it had."""


class _Question(NamedTuple):
    """One `sync` on its way."""

    about: Mapping[str, Standing]
    deadline: float


@dataclass(slots=True)
class Syncs:
    """At most one question about a conversation at a time."""

    random: Random
    _due: dict[str, float] = field(default_factory=dict)
    _tries: dict[str, int] = field(default_factory=dict)
    _questions: dict[str, _Question] = field(default_factory=dict)
    _under_way: set[str] = field(default_factory=set)

    def want(self, conversation: str, now: float) -> None:
        """Ask about it as soon as may be."""
        if conversation not in self._under_way:
            self._due.setdefault(conversation, now)

    def settled(self, conversation: str) -> None:
        """Nothing is missing there any more."""
        self._due.pop(conversation, None)
        self._tries.pop(conversation, None)

    def take(self, now: float) -> Sequence[str]:
        """What to ask about now, at most as many as one question may name."""
        return [conversation for conversation, due in self._due.items() if due <= now][:MAX_CURSORS]

    def asked(self, question: str, about: Mapping[str, Standing], now: float) -> None:
        self._questions[question] = _Question(about, now + ANSWER_SECONDS)
        self._under_way.update(about)
        for conversation in about:
            del self._due[conversation]

    def answered(self, question: str) -> Mapping[str, Standing]:
        """What it was about; empty for a question that was given up before."""
        found = self._questions.pop(question, None)
        if found is None:
            return {}
        self._under_way.difference_update(found.about)
        return found.about

    def again(self, conversation: str, now: float) -> None:
        """The answer brought nothing."""
        tries = self._tries.get(conversation, 0)
        self._tries[conversation] = tries + 1
        self._due[conversation] = now + AGAIN.wait(tries, self.random)

    def failed(self, question: str, now: float) -> bool:
        """The server could not answer. False: there is no such question."""
        about = self.answered(question)
        for conversation in about:
            self.again(conversation, now)
        return bool(about)

    def give_up_late(self, now: float) -> None:
        """Ask anew what has not been answered in time."""
        for question in [name for name, question in self._questions.items() if question.deadline <= now]:
            self.failed(question, now)

    def next_due(self) -> float | None:
        deadlines = [question.deadline for question in self._questions.values()]
        return min((*self._due.values(), *deadlines), default=None)

    def interrupt(self) -> None:
        """The socket is gone, and every question with it."""
        self._due.clear()
        self._tries.clear()
        self._questions.clear()
        self._under_way.clear()
