"""Searching messages."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from domain.searching import highlights, terms
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.membership import require_member
from producer_gateway.api.problems import bad_field
from producer_gateway.api.services import Caller, TheServices
from schemas.errors import ErrorCode
from schemas.messages import Message
from schemas.rest import DEFAULT_PAGE, MAX_PAGE, Hit, HitPage
from store.ports import Wanted

router = APIRouter(prefix="/api", tags=["messages"])


@router.get(
    "/search",
    response_model=HitPage,
    responses=problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.NOT_A_MEMBER,
        ErrorCode.NOT_FOUND,
    ),
    summary="Search messages",
)
async def search(
    caller: Caller,
    services: TheServices,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words; each finds those that begin with it")],
    conversation: Annotated[str | None, Query(max_length=64, description="Only there")] = None,
    sender: Annotated[str | None, Query(alias="from", max_length=64, description="Only what this user said")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only what was sent at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Only what was sent before this time")] = None,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
) -> Response:
    """Messages of one's own conversations that have every word of `q`, newest first, without regard to case and
    accents. What was just said is found within about a second; what was edited, deleted or taken away is not found any
    more at once."""
    wanted = Wanted(terms(q), conversation, sender, since, until)
    if not wanted.terms:
        raise bad_field("q", "At least one word is needed")
    if conversation is not None:
        await require_member(services, conversation, caller.user)
    try:
        page = await services.store.search.find(caller.user, wanted, limit, cursor)
    except ValueError:
        raise bad_field("cursor", "Not a cursor that a page gave") from None
    return answer(HitPage(hits=tuple(_hit(message, wanted) for message in page.items), next=page.next))


def _hit(message: Message, wanted: Wanted) -> Hit:
    return Hit(message=message, highlights=tuple(highlights(message.text or "", wanted.terms)))
