"""What one notes of a conversation for oneself: muted, marked as unread."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from bus.errors import BusError
from domain.receipts import Reader
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.membership import not_his, require_member
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.services import Caller, Services, TheServices
from schemas.errors import ErrorCode
from schemas.messages import Summary
from schemas.rest import Mute

router = APIRouter(prefix="/api/conversations/{id}", tags=["conversations"])

_NOTING: dict[str, Any] = {
    "response_model": Summary,
    "responses": problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.NOT_A_MEMBER,
        ErrorCode.NOT_FOUND,
        ErrorCode.UNAVAILABLE,
    ),
}


@router.put("/mute", summary="Mute a conversation", **_NOTING)
async def mute(
    id: str,  # noqa: A002 (the path's own word)
    caller: Caller,
    services: TheServices,
    body: Annotated[Mute | None, Body()] = None,
) -> Response:
    """Be notified of nothing in it, until a time to come or for good; it goes on to be delivered and counted."""
    until = None if body is None else body.until
    if until is not None and until <= services.now():
        raise bad_field("until", "A time to come")
    reader = Reader(id, caller.user)
    return await _noted(services, reader, lambda: services.store.marks.mute(reader, until))


@router.delete("/mute", summary="Unmute a conversation", **_NOTING)
async def unmute(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """Be notified again."""
    reader = Reader(id, caller.user)
    return await _noted(services, reader, lambda: services.store.marks.unmute(reader))


@router.put("/unread", summary="Mark a conversation as unread", **_NOTING)
async def mark_unread(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """Have it shown as unread on all of one's devices, until that is taken away; what was read stays read."""
    reader = Reader(id, caller.user)
    return await _noted(services, reader, lambda: services.store.marks.mark_unread(reader, unread=True))


@router.delete("/unread", summary="Mark a conversation as unread no longer", **_NOTING)
async def unmark(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """As one does who opens it."""
    reader = Reader(id, caller.user)
    return await _noted(services, reader, lambda: services.store.marks.mark_unread(reader, unread=False))


async def _noted(services: Services, reader: Reader, note: Callable[[], Awaitable[None]]) -> Response:
    """One's other devices are told of it. Where that fails it is noted, and may be asked for again."""
    await require_member(services, reader.conversation, reader.user)
    await note()
    try:
        summary = await services.chat_list.changed(reader.user, reader.conversation)
    except BusError as error:
        raise ProblemError(ErrorCode.UNAVAILABLE) from error
    if summary is None:
        raise await not_his(services, reader.conversation, reader.user)
    return answer(summary)
