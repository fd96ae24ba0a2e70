"""What somebody reads and writes over HTTP: who sits in an ephemeral chat sees what is sealed there opened, and what he
writes is sealed before Kafka has it."""

from collections.abc import Callable, Sequence

from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Services
from producer_gateway.chat_view import ChatView
from producer_gateway.submitting import refusal_of
from producer_gateway.tokens import Claims
from schemas.commands import Command
from schemas.errors import ErrorCode
from schemas.messages import Message, Summary


def sealing(caller: Claims) -> Callable[[Command], Command] | None:
    """What makes of his commands what Kafka may have; None: it may have them as they are."""
    return None if caller.seat is None else ChatView(caller.seat).sealed


def summaries(caller: Claims, found: Sequence[Summary]) -> tuple[Summary, ...]:
    return tuple(found) if caller.seat is None else ChatView(caller.seat).summaries(found)


def messages(caller: Claims, found: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(found) if caller.seat is None else ChatView(caller.seat).messages(found)


def message(caller: Claims, found: Message) -> Message:
    (shown,) = messages(caller, [found])
    return shown


async def outcome(services: Services, caller: Claims, conversation: str, seq: int) -> Message:
    """The message that a command of his made or changed, as it is now.

    A command that comes again is done also when he is no member any more: then he is shown what he had said himself,
    nothing of others, and nothing at all of an ephemeral chat. Raises ProblemError.
    """
    found = await services.store.conversations.message(conversation, seq)
    # Asked afterwards: who is put out meanwhile is shown nothing that came later.
    refusal = refusal_of(await services.store.conversations.membership(conversation, caller.user))
    if refusal is not None and (found is None or caller.seat is not None or found.sender != caller.user):
        raise ProblemError(refusal)
    if found is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return message(caller, found)
