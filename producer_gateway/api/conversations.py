"""Conversations: begin one, list one's own, look at one."""

import hashlib
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Body, Query
from starlette.responses import Response
from ulid import ULID

from producer_gateway.api import seeing
from producer_gateway.api.answers import IDEMPOTENCY_KEY, Responses, answer, pending, problems
from producer_gateway.api.groups import keep_password
from producer_gateway.api.membership import not_his, require_unblocked, require_users
from producer_gateway.api.opening import opened
from producer_gateway.api.problems import bad_field
from producer_gateway.api.services import Anyone, Caller, IdempotencyKey, Services, TheServices, Trace
from schemas.commands import CreateConversation
from schemas.errors import ErrorCode
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind, Summary
from schemas.rest import (
    DEFAULT_PAGE,
    MAX_PAGE,
    ConversationPage,
    NewConversation,
    NewDirect,
    NewGroup,
    OpenedConversation,
    Pending,
)

router = APIRouter(prefix="/api/conversations", tags=["conversations"])

_OPENED: Responses = {
    200: {"model": OpenedConversation, "description": "The direct conversation that exists, its newest messages"},
    202: {"model": Pending, "description": "Accepted, not made yet"},
}


@router.post(
    "",
    status_code=201,
    response_model=OpenedConversation,
    responses=_OPENED
    | problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.FORBIDDEN,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONFLICT,
        ErrorCode.UNAVAILABLE,
        ErrorCode.UNKNOWN_OUTCOME,
    ),
    summary="Begin a conversation",
)
async def create(
    body: Annotated[NewConversation, Body()],
    caller: Caller,
    services: TheServices,
    trace: Trace,
    key: IdempotencyKey = None,
) -> Response:
    """A direct one is found or made, with `with`, another user's id: oneself is `invalid_frame`, a user who does not
    exist `not_found`. A group is made with its founder as admin; the same `Idempotency-Key` makes one group. Who knows
    its password, if it has one, can join it. With a user who has blocked the caller neither begins: `forbidden`.
    """
    client_id = key or str(ULID())
    if isinstance(body, NewDirect):
        return await _direct(body, caller.user, client_id, trace, services)
    return await _group(body, caller.user, client_id, trace, services)


async def _direct(body: NewDirect, user: str, client_id: str, trace: str, services: Services) -> Response:
    if body.with_ == user:
        raise bad_field("with", "A direct conversation needs somebody else")
    await require_users(services, (body.with_,))
    conversation = direct_conversation_id(user, body.with_)
    found = await services.store.conversations.summary(user, conversation)
    if found is not None:
        return answer(await opened(services, found), 200, {IDEMPOTENCY_KEY: client_id})
    command = CreateConversation(
        conversation=conversation,
        sender=user,
        client_id=client_id,
        kind=ConversationKind.DIRECT,
        epoch=token_hex(8),
        members=(user, body.with_),
    )
    return await _create(command, trace, services)


async def _group(body: NewGroup, user: str, client_id: str, trace: str, services: Services) -> Response:
    await require_users(services, body.members)
    await require_unblocked(services, user, body.members)
    conversation = _group_id(user, client_id)
    command = CreateConversation(
        conversation=conversation,
        sender=user,
        client_id=client_id,
        kind=ConversationKind.GROUP,
        epoch=token_hex(8),
        members=tuple(dict.fromkeys((user, *body.members))),
        name=body.name,
        description=body.description,
        password=None if body.password is None else await keep_password(services, conversation, body.password),
    )
    return await _create(command, trace, services)


def _group_id(founder: str, client_id: str) -> str:
    """The same for every repetition of one request, so that it founds one group; nobody else's requests come to it."""
    digest = hashlib.sha256(f"group\n{founder}\n{client_id}".encode()).digest()
    return f"c_{ULID(digest[:16])}"


async def _create(command: CreateConversation, trace: str, services: Services) -> Response:
    headers = {IDEMPOTENCY_KEY: command.client_id, "Location": f"/api/conversations/{command.conversation}"}
    if await services.commands.ask(command, trace) is None:
        return pending(command, headers)
    summary = await services.store.conversations.summary(command.sender, command.conversation)
    if summary is None:
        raise await not_his(services, command.conversation, command.sender)
    return answer(await opened(services, summary), 201, headers)


@router.get(
    "",
    response_model=ConversationPage,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="One's conversations",
)
async def list_conversations(
    caller: Anyone,
    services: TheServices,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
) -> Response:
    """Newest change first, each with its last message, time and number of unread messages."""
    try:
        page = await services.store.conversations.summaries(caller.user, limit, cursor)
    except ValueError:
        raise bad_field("cursor", "Not a cursor that a page gave") from None
    return answer(ConversationPage(conversations=seeing.summaries(caller, page.items), next=page.next))


@router.get(
    "/{id}",
    response_model=Summary,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_A_MEMBER, ErrorCode.NOT_FOUND),
    summary="A conversation of one's own",
)
async def get_conversation(id: str, caller: Anyone, services: TheServices) -> Response:  # noqa: A002 (the path's word)
    """Other people's conversations answer like those that do not exist."""
    summary = await services.store.conversations.summary(caller.user, id)
    if summary is None:
        raise await not_his(services, id, caller.user)
    (shown,) = seeing.summaries(caller, [summary])
    return answer(shown)
