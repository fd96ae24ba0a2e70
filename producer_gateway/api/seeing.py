"""What somebody reads and writes over HTTP: who sits in an ephemeral chat sees what is sealed there opened, and what he
writes is sealed before Kafka has it."""

from collections.abc import Callable, Sequence

from producer_gateway.chat_view import ChatView
from producer_gateway.tokens import Claims
from schemas.commands import Command
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
