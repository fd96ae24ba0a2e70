"""From a batch of submissions to what is stored and what is told: pure, in log order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from consumers.writer.records import Submission
from domain.conversation import Applied, Batch, Change, Conversation, Member, Outcome
from domain.deciding import Decision, decide, outcome_of, repeat
from schemas.messages import Message


@dataclass(frozen=True, slots=True)
class Told:
    """One submission's outcome on its way out."""

    submission: Submission
    outcome: Outcome
    message: Message | None
    """The message it made, in its state after the batch."""
    to_members: bool
    """Whether the members are told too: not for a repeat, whose first time told them."""

    @property
    def creates(self) -> bool:
        """Whether a conversation is what came of it."""
        return self.message is None and self.outcome.error is None


@dataclass(frozen=True, slots=True)
class Plan:
    batch: Batch
    told: tuple[Told, ...]
    states: Mapping[str, Conversation]
    """Every conversation of the batch that exists, after it."""


class _Progress:
    """One conversation on its way through a batch."""

    def __init__(self, state: Conversation | None) -> None:
        self.before: Applied | None = None if state is None else state.applied
        self.state = state
        self.messages: dict[int, Message] = {}
        self.joined: list[Member] = []

    def is_applied(self, place: Applied) -> bool:
        return self.before is not None and place <= self.before

    def take(self, decision: Decision) -> None:
        self.state = decision.state
        self.joined.extend(decision.joined)
        if decision.message is not None:
            self.messages[decision.message.seq] = decision.message

    def change(self) -> Change | None:
        if self.state is None or self.state.applied == self.before:
            return None
        return Change(self.before, self.state, tuple(self.messages.values()), tuple(self.joined))


def plan(
    submissions: Sequence[Submission],
    states: Mapping[str, Conversation],
    outcomes: Mapping[str, Outcome | Message],
) -> Plan:
    """Decide a batch. `states` and `outcomes` are what the store holds for its conversations and command keys.

    A submission at or below its conversation's `applied` is not decided again, only told again from its outcome;
    without one it went to the dead letters, and nothing is told.
    """
    progress = {one.conversation: _Progress(states.get(one.conversation)) for one in submissions}
    known = dict(outcomes)
    fresh: list[Outcome] = []
    told: list[Told] = []
    for submission in submissions:
        conversation = progress[submission.conversation]
        found = known.get(submission.key)
        if conversation.is_applied(submission.stamp.place):
            if found is not None:
                told.append(_told(submission, found, conversation.state, to_members=True))
        elif found is not None:
            conversation.take(repeat(conversation.state, _outcome(found, conversation.state), submission.stamp))
            told.append(_told(submission, found, conversation.state, to_members=False))
        else:
            decision = decide(conversation.state, submission.command, submission.stamp)
            conversation.take(decision)
            known[submission.key] = decision.message or decision.outcome
            if decision.message is None:
                fresh.append(decision.outcome)
            told.append(Told(submission, decision.outcome, decision.message, to_members=True))
    return Plan(
        batch=Batch(tuple(_changes(progress.values())), tuple(fresh)),
        told=tuple(told),
        states={key: one.state for key, one in progress.items() if one.state is not None},
    )


def skip(submission: Submission, state: Conversation) -> Batch:
    """What moves a conversation past a submission that went to the dead letters: no outcome, so it may come again."""
    after = replace(state, applied=max(state.applied, submission.stamp.place))
    return Batch((Change(state.applied, after, (), ()),), ())


def _changes(progress: Iterable[_Progress]) -> Iterable[Change]:
    return (change for one in progress if (change := one.change()) is not None)


def _outcome(found: Outcome | Message, state: Conversation | None) -> Outcome:
    if isinstance(found, Outcome):
        return found
    return outcome_of(found, tuple(state.members) if state else ())


def _told(submission: Submission, found: Outcome | Message, state: Conversation | None, *, to_members: bool) -> Told:
    message = found if isinstance(found, Message) else None
    return Told(submission, _outcome(found, state), message, to_members)
