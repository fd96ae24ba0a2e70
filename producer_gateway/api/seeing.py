"""What somebody reads over HTTP: whoever sits in an ephemeral chat sees what is sealed there opened."""

from collections.abc import Sequence

from producer_gateway.chat_view import ChatView
from producer_gateway.tokens import Claims
from schemas.messages import Message, Summary


def summaries(caller: Claims, found: Sequence[Summary]) -> tuple[Summary, ...]:
    return tuple(found) if caller.seat is None else ChatView(caller.seat).summaries(found)


def messages(caller: Claims, found: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(found) if caller.seat is None else ChatView(caller.seat).messages(found)
