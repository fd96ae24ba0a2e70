"""Blocking: a command to the direct conversation of the two."""

from secrets import token_hex

from fastapi import APIRouter
from starlette.responses import Response
from ulid import ULID

from producer_gateway.api.answers import IDEMPOTENCY_KEY, PENDING, pending, problems
from producer_gateway.api.membership import require_users
from producer_gateway.api.problems import bad_field
from producer_gateway.api.services import Caller, IdempotencyKey, Services, TheServices, Trace
from schemas.commands import Block
from schemas.errors import ErrorCode
from schemas.ids import UserId, direct_conversation_id

router = APIRouter(prefix="/api/users/{id}/block", tags=["users"])

_RESPONSES = PENDING | problems(
    ErrorCode.INVALID_FRAME,
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.NOT_FOUND,
    ErrorCode.UNAVAILABLE,
    ErrorCode.UNKNOWN_OUTCOME,
)


@router.put("", status_code=204, response_class=Response, responses=_RESPONSES, summary="Block a user")
async def block(
    id: UserId,  # noqa: A002 (the path's own word)
    caller: Caller,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """He cannot write to the caller any more, nor begin a direct conversation with him, nor add him to a group. He is
    not told. While it is so, neither of the two can write in their direct conversation."""
    return await _set(id, caller.user, key, trace, services, on=True)


@router.delete("", status_code=204, response_class=Response, responses=_RESPONSES, summary="Unblock a user")
async def unblock(
    id: UserId,  # noqa: A002 (the path's own word)
    caller: Caller,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """Unblocking who is not blocked is fine."""
    return await _set(id, caller.user, key, trace, services, on=False)


async def _set(user: str, caller: str, key: str | None, trace: str, services: Services, *, on: bool) -> Response:
    if user == caller:
        raise bad_field("id", "Nobody blocks himself")
    await require_users(services, (user,))
    command = Block(
        conversation=direct_conversation_id(caller, user),
        sender=caller,
        client_id=key or str(ULID()),
        user=user,
        on=on,
        epoch=token_hex(8),
    )
    headers = {IDEMPOTENCY_KEY: command.client_id}
    if await services.commands.ask(command, trace) is None:
        return pending(command, headers)
    return Response(status_code=204, headers=headers)
