"""Commands over HTTP: through Kafka like any other, with the ordered decision brought back to the request."""

import asyncio
from collections.abc import Callable

from producer_gateway.api.answers import IDEMPOTENCY_KEY
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.waiting import Answer, Declined, Done, Expectation, Outcomes, TooManyWaiting
from producer_gateway.submitting import NotSubmitted, Submitter
from schemas.commands import Command
from schemas.errors import ErrorCode
from schemas.headers import ReplyTo
from schemas.metrics import API_COMMANDS


class Commands:
    """`reply_to` says where an answer reaches a waiting request of this process now."""

    def __init__(
        self,
        submitter: Submitter,
        outcomes: Outcomes,
        reply_to: Callable[[str], ReplyTo],
        wait_seconds: float = 3.0,
    ) -> None:
        self._submitter = submitter
        self._outcomes = outcomes
        self._reply_to = reply_to
        self._wait_seconds = wait_seconds

    async def ask(
        self, command: Command, traceparent: str, *, sealed: Callable[[Command], Command] | None = None
    ) -> Done | None:
        """Submit a command and wait for what becomes of it; None: Kafka has it, but it is not decided yet. What
        `sealed` makes of it is what Kafka gets.

        Raises ProblemError: what the decision says against it, `unavailable` when it was not taken for certain, or
        `unknown_outcome`; each names the key under which the same command may be sent again.
        """
        try:
            with self._outcomes.expected() as expectation:
                found = await self._answer(command, traceparent, expectation, sealed)
        except TooManyWaiting:
            raise _problem(command, ErrorCode.UNAVAILABLE) from None
        except NotSubmitted as failure:
            raise _problem(command, failure.code) from failure
        if isinstance(found, Declined):
            raise _problem(command, found.code, found.message)
        API_COMMANDS.labels("pending" if found is None else "done").inc()
        return found

    async def _answer(
        self,
        command: Command,
        traceparent: str,
        expectation: Expectation,
        sealed: Callable[[Command], Command] | None,
    ) -> Answer | None:
        reply_to = self._reply_to(expectation.address)
        submission = await self._submitter.submit(command, reply_to, traceparent, sealed=sealed)
        acknowledgement = submission.acknowledgement
        deadline = asyncio.get_running_loop().time() + self._wait_seconds
        try:
            await acknowledgement
        except NotSubmitted:
            if not expectation.answer.done():  # what was decided was in Kafka, whatever became of the acknowledgement
                raise
        try:
            async with asyncio.timeout_at(deadline):
                return await expectation.answer
        except TimeoutError:
            return None


def _problem(command: Command, code: ErrorCode, message: str | None = None) -> ProblemError:
    API_COMMANDS.labels(code.value).inc()
    return ProblemError(code, message, headers={IDEMPOTENCY_KEY: command.client_id})
