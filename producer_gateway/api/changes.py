"""Messages that are there already: edit, delete, react. Through Kafka, like sending."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response
from ulid import ULID

from producer_gateway.api import seeing
from producer_gateway.api.answers import IDEMPOTENCY_KEY, PENDING, answer, pending, problems
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Anyone, IdempotencyKey, Services, TheServices, Trace
from producer_gateway.tokens import Claims
from schemas.commands import ChangeMessage, DeleteMessage, EditMessage, React
from schemas.errors import ErrorCode
from schemas.frames import MAX_NUMBER, Emoji
from schemas.ids import parse_message_id
from schemas.messages import Message
from schemas.rest import NewText

router = APIRouter(prefix="/api/messages/{id}", tags=["messages"])

_RESPONSES = PENDING | problems(
    ErrorCode.INVALID_FRAME,
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.FORBIDDEN,
    ErrorCode.NOT_A_MEMBER,
    ErrorCode.NOT_FOUND,
    ErrorCode.CONFLICT,
    ErrorCode.CONVERSATION_ENDED,
    ErrorCode.TOO_LARGE,
    ErrorCode.UNAVAILABLE,
    ErrorCode.UNKNOWN_OUTCOME,
)

TheEmoji = Annotated[Emoji, Path(description="One emoji")]


@router.put("", response_model=Message, responses=_RESPONSES, summary="Edit a message")
async def edit(
    id: str,  # noqa: A002 (the path's own word)
    body: NewText,
    caller: Anyone,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """A message of one's own; the answer is the message as it is then. A deleted one is a `conflict`."""
    conversation, seq = _place(id)
    command = EditMessage(
        conversation=conversation, sender=caller.user, client_id=key or str(ULID()), seq=seq, text=body.text
    )
    return await _change(command, caller, trace, services)


@router.delete("", response_model=Message, responses=_RESPONSES, summary="Delete a message")
async def delete(
    id: str,  # noqa: A002 (the path's own word)
    caller: Anyone,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """One's own, or, to an admin of a group, anyone's. What stays is that there was one: no text, no media."""
    conversation, seq = _place(id)
    command = DeleteMessage(conversation=conversation, sender=caller.user, client_id=key or str(ULID()), seq=seq)
    return await _change(command, caller, trace, services)


@router.put("/reactions/{emoji}", response_model=Message, responses=_RESPONSES, summary="React to a message")
async def react(
    id: str,  # noqa: A002 (the path's own word)
    emoji: TheEmoji,
    caller: Anyone,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """At most 20 different emoji stand at one message; more are `too_large`."""
    return await _react(id, emoji, caller, key, trace, services, on=True)


@router.delete("/reactions/{emoji}", response_model=Message, responses=_RESPONSES, summary="Take a reaction back")
async def take_back(
    id: str,  # noqa: A002 (the path's own word)
    emoji: TheEmoji,
    caller: Anyone,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """One's own; taking back what is not there is fine."""
    return await _react(id, emoji, caller, key, trace, services, on=False)


async def _react(
    message: str, emoji: str, caller: Claims, key: str | None, trace: str, services: Services, *, on: bool
) -> Response:
    conversation, seq = _place(message)
    command = React(
        conversation=conversation, sender=caller.user, client_id=key or str(ULID()), seq=seq, emoji=emoji, on=on
    )
    return await _change(command, caller, trace, services)


async def _change(command: ChangeMessage, caller: Claims, trace: str, services: Services) -> Response:
    headers = {IDEMPOTENCY_KEY: command.client_id}
    if await services.commands.ask(command, trace, sealed=seeing.sealing(caller)) is None:
        return pending(command, headers)
    return answer(await seeing.outcome(services, caller, command.conversation, command.seq), 200, headers)


def _place(message: str) -> tuple[str, int]:
    """Conversation and seq that a message's id names. What is no id, names nothing."""
    try:
        conversation, seq = parse_message_id(message)
    except ValueError:
        raise ProblemError(ErrorCode.NOT_FOUND) from None
    if not 0 < seq <= MAX_NUMBER:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return conversation, seq
