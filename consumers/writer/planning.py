"""From a batch of submissions to what is stored and what is told: pure, in log order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from consumers.writer.records import Submission
from domain.conversation import Applied, Batch, Change, Conversation, Made, Member, Outcome
from domain.deciding import decide
from domain.decision import Decision, outcome_of, repeat
from schemas.commands import ChangeMessage, Command, SendMessage
from schemas.messages import Message

Place = tuple[str, int]
"""Conversation and seq of a message."""


@dataclass(frozen=True, slots=True)
class Told:
    """One submission's outcome on its way out."""

    submission: Submission
    outcome: Outcome
    message: Message | None
    """The message it made or changed. Told again, it may have been changed since."""
    to_members: bool
    """Whether the members are told too: not for a repeat, whose first time told them."""
    state: Conversation | None = None
    """The conversation after it; told again, as it is now."""

    @property
    def reshapes(self) -> bool:
        """Whether the conversation itself began, changed or ended, and members have to be told so."""
        talk = isinstance(self.submission.command, SendMessage | ChangeMessage)
        return not talk and self.to_members and self.outcome.error is None

    @property
    def pushed(self) -> Message | None:
        """What the members are shown now: a message that was changed since is shown by that later change."""
        message = self.message
        return message if message is not None and self.to_members and message.rev == self.outcome.rev else None


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
        self.made: dict[int, int] = {}
        self.members: dict[str, Member] = {}

    def is_applied(self, place: Applied) -> bool:
        return self.before is not None and place <= self.before

    def take(self, decision: Decision) -> None:
        self.state = decision.state
        self.members.update((member.user, member) for member in decision.members)
        message = decision.message
        if message is not None:
            self.messages[message.seq] = message
            if message.cause is None:
                self.made[message.seq] = message.rev

    def change(self) -> Change | None:
        if self.state is None or self.state.applied == self.before:
            return None
        return Change(self.before, self.state, tuple(self.messages.values()), tuple(self.members.values()), self.made)


def touched(submissions: Iterable[Submission]) -> frozenset[Place]:
    """The stored messages that a batch's commands are about."""
    return frozenset(place for one in submissions if (place := _place(one.command)) is not None)


def _place(command: Command) -> Place | None:
    return (command.conversation, command.seq) if isinstance(command, ChangeMessage) else None


def plan(
    submissions: Sequence[Submission],
    states: Mapping[str, Conversation],
    outcomes: Mapping[str, Outcome | Made],
    messages: Mapping[Place, Message],
) -> Plan:
    """Decide a batch. `states`, `outcomes` and `messages` are what the store holds for its conversations, command keys
    and `touched` messages.

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
        message = _message(submission.command, conversation, messages)
        if conversation.is_applied(submission.stamp.place):
            if found is not None:
                told.append(_told(submission, found, conversation.state, message, to_members=True))
        elif found is not None:
            conversation.take(repeat(conversation.state, _outcome(found, conversation.state), submission.stamp))
            told.append(_told(submission, found, conversation.state, message, to_members=False))
        else:
            decision = decide(conversation.state, submission.command, submission.stamp, message)
            conversation.take(decision)
            known[submission.key] = _kept(decision)
            if isinstance(known[submission.key], Outcome):
                fresh.append(decision.outcome)
            told.append(Told(submission, decision.outcome, decision.message, to_members=True, state=decision.state))
    return Plan(
        batch=Batch(tuple(_changes(progress.values())), tuple(fresh)),
        told=tuple(told),
        states={key: one.state for key, one in progress.items() if one.state is not None},
    )


def _message(command: Command, conversation: _Progress, stored: Mapping[Place, Message]) -> Message | None:
    """The message a command is about, as it stands at this point of the batch."""
    place = _place(command)
    return None if place is None else conversation.messages.get(place[1], stored.get(place))


def _kept(decision: Decision) -> Outcome | Made:
    """The outcome of a command that made a message is that message."""
    message = decision.message
    return Made(message, message.rev) if message is not None and message.cause is None else decision.outcome


def skip(submission: Submission, state: Conversation) -> Batch:
    """What moves a conversation past a submission that went to the dead letters: no outcome, so it may come again."""
    after = replace(state, applied=max(state.applied, submission.stamp.place))
    return Batch((Change(state.applied, after, (), ()),), ())


def _changes(progress: Iterable[_Progress]) -> Iterable[Change]:
    return (change for one in progress if (change := one.change()) is not None)


def _outcome(found: Outcome | Made, state: Conversation | None) -> Outcome:
    if isinstance(found, Outcome):
        return found
    return outcome_of(found, () if state is None else _told_of(state))


def _told_of(state: Conversation) -> tuple[str, ...]:
    """Who hears of what was said there: its members; once it is over, those who were in it to the end."""
    ended = (user for user, member in state.former.items() if member.left and member.left.how.with_the_conversation)
    return tuple(state.members) or tuple(ended)


def _told(
    submission: Submission,
    found: Outcome | Made,
    state: Conversation | None,
    changed: Message | None,
    *,
    to_members: bool,
) -> Told:
    message = found.message if isinstance(found, Made) else changed
    return Told(submission, _outcome(found, state), message, to_members, state)
