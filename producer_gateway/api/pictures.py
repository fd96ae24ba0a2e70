"""Users' pictures."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain.media import Purpose
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.media import FILE_BODY, UPLOADING
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Caller, TheServices
from schemas.errors import ErrorCode
from schemas.rest import MediaView

router = APIRouter(prefix="/api/users", tags=["users"])


@router.put(
    "/{id}/picture",
    response_model=MediaView,
    responses=problems(*UPLOADING, ErrorCode.FORBIDDEN),
    openapi_extra=FILE_BODY,
    summary="Change one's picture",
)
async def put_picture(id: str, request: Request, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """An image, in the field `file`; a square out of its middle is kept, large, and small as its thumbnail."""
    _require_own(id, caller.user)
    media = await services.uploads.take(request, caller.user, Purpose.PICTURE)
    await services.store.users.set_picture(caller.user, media.id)
    return answer(media.view())


@router.delete(
    "/{id}/picture",
    status_code=204,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.FORBIDDEN),
    summary="Remove one's picture",
)
async def delete_picture(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """It goes from the profile at once, and its file within a day."""
    _require_own(id, caller.user)
    await services.store.users.set_picture(caller.user, None)
    return Response(status_code=204)


def _require_own(user: str, caller: str) -> None:
    if user != caller:
        raise ProblemError(ErrorCode.FORBIDDEN)
