"""Messages: send one through Kafka, read them by their numbers."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response
from ulid import ULID

from producer_gateway.api import seeing
from producer_gateway.api.answers import IDEMPOTENCY_KEY, Responses, answer, pending, problems
from producer_gateway.api.membership import require_member
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.services import Anyone, IdempotencyKey, Services, TheServices, Trace
from schemas.commands import SendMessage
from schemas.errors import ErrorCode
from schemas.frames import DEFAULT_HISTORY, MAX_HISTORY, MAX_NUMBER, Number, Seq
from schemas.ids import message_id, parse_message_id
from schemas.messages import Message
from schemas.rest import MessagePage, NewMessage, Pending

router = APIRouter(prefix="/api", tags=["messages"])

_PENDING: Responses = {202: {"model": Pending, "description": "Accepted, not stored yet"}}
_READING = (ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_A_MEMBER, ErrorCode.NOT_FOUND)


@router.post(
    "/conversations/{id}/messages",
    status_code=201,
    response_model=Message,
    responses=_PENDING
    | problems(
        ErrorCode.INVALID_FRAME,
        *_READING,
        ErrorCode.CONVERSATION_ENDED,
        ErrorCode.TOO_LARGE,
        ErrorCode.UNAVAILABLE,
        ErrorCode.UNKNOWN_OUTCOME,
    ),
    summary="Send a message",
)
async def send(
    id: str,  # noqa: A002 (the path's own word)
    body: NewMessage,
    caller: Anyone,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """The stored message, or `client_id` when Kafka has it but it is not stored within three seconds: it will be
    stored or refused, never lost. Sent again with the same key it is stored once, and answered as the first time."""
    command = SendMessage(
        conversation=id,
        sender=caller.user,
        client_id=key or str(ULID()),
        text=body.text,
        media=body.media,
        reply_to=body.reply_to,
        mentions=body.mentions,
    )
    headers = {IDEMPOTENCY_KEY: command.client_id}
    done = await services.commands.ask(command, trace, sealed=seeing.sealing(caller))
    if done is None:
        return pending(command, headers)
    message = await seeing.outcome(services, caller, id, done.seq)
    return answer(message, 201, headers | {"Location": f"/api/messages/{message_id(id, message.seq)}"})


@router.get(
    "/conversations/{id}/messages",
    response_model=MessagePage,
    responses=problems(ErrorCode.INVALID_FRAME, *_READING),
    summary="Read messages",
)
async def read(
    id: str,  # noqa: A002 (the path's own word)
    caller: Anyone,
    services: TheServices,
    before: Annotated[Seq | None, Query(description="Those next below this seq")] = None,
    after: Annotated[Number | None, Query(description="Those next above this seq")] = None,
    around: Annotated[Seq | None, Query(description="This seq and those next to it")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_HISTORY)] = DEFAULT_HISTORY,
) -> Response:
    """Ascending by seq: the newest, or those next before, after or around a seq (at most one of the three)."""
    if sum(place is not None for place in (before, after, around)) > 1:
        raise bad_field("before", "At most one of before, after, around")
    await require_member(services, id, caller.user)
    found, more = await services.store.conversations.history(id, before=before, after=after, around=around, limit=limit)
    # Who was put out meanwhile is shown nothing that came after it.
    await require_member(services, id, caller.user)
    return answer(MessagePage(conversation=id, messages=seeing.messages(caller, found), more=more))


@router.get("/messages/{id}", response_model=Message, responses=problems(*_READING), summary="One message")
async def get_message(id: str, caller: Anyone, services: TheServices) -> Response:  # noqa: A002 (the path's own word)
    """`id` is `<conversation id>.<seq>`."""
    try:
        conversation, seq = parse_message_id(id)
    except ValueError:
        raise ProblemError(ErrorCode.NOT_FOUND) from None
    await require_member(services, conversation, caller.user)
    return answer(seeing.message(caller, await _message(services, conversation, seq)))


async def _message(services: Services, conversation: str, seq: int) -> Message:
    found = await services.store.conversations.message(conversation, seq) if seq <= MAX_NUMBER else None
    if found is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return found
