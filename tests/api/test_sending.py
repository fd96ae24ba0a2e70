"""Commands whose acknowledgement and whose decision disagree, or do not come."""

import asyncio
from collections.abc import Callable

import pytest

from bus.ports import Position
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.sending import Commands
from producer_gateway.api.waiting import Done, Outcomes
from producer_gateway.submitting import NotSubmitted, Submission, Submitter
from schemas.commands import Command
from schemas.deliveries import Delivery
from schemas.errors import ErrorCode
from schemas.headers import ReplyTo
from tests.making import send


class LostAcknowledgements(Submitter):
    """Kafka may have the commands, but does not say so; `decided` ones have been answered all the same."""

    def __init__(self, outcomes: Outcomes, *, decided: bool) -> None:
        self._outcomes = outcomes
        self._decided = decided

    async def submit(
        self,
        command: Command,
        reply_to: ReplyTo | None,
        traceparent: str,
        *,
        known_member: bool = False,
        sealed: Callable[[Command], Command] | None = None,
    ) -> Submission:
        assert reply_to is not None
        if self._decided:
            stored = {"type": "stored", "conversation": command.conversation, "seq": 1, "rev": 1}
            self._outcomes.deliver(Delivery(to=(reply_to.address,), frame=stored))
        lost: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        lost.set_exception(NotSubmitted(ErrorCode.UNKNOWN_OUTCOME))
        return Submission(lost, masked=False)


def commands(outcomes: Outcomes, *, decided: bool) -> Commands:
    submitter = LostAcknowledgements(outcomes, decided=decided)
    return Commands(submitter, outcomes, lambda address: ReplyTo("edge.api.1", address))


async def test_a_decision_proves_what_the_acknowledgement_did_not() -> None:
    command = send("m1")
    answer = await commands(Outcomes(), decided=True).ask(command, "a-trace")
    assert answer == Done(command.conversation, 1)


async def test_without_one_the_outcome_is_unknown_and_may_be_asked_for_again() -> None:
    with pytest.raises(ProblemError) as problem:
        await commands(Outcomes(), decided=False).ask(send("m1"), "a-trace")
    assert problem.value.code is ErrorCode.UNKNOWN_OUTCOME
    assert problem.value.headers == {"Idempotency-Key": "m1"}


async def test_when_too_many_wait_nothing_is_submitted() -> None:
    outcomes = Outcomes(capacity=0)
    with pytest.raises(ProblemError) as problem:
        await commands(outcomes, decided=True).ask(send("m1"), "a-trace")
    assert problem.value.code is ErrorCode.UNAVAILABLE
