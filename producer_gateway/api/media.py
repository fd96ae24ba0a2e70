"""Files: upload them, look them up, load them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from domain.media import Purpose, Variant
from producer_gateway.api.answers import Responses, answer, problems
from producer_gateway.api.downloading import serve
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Caller, Services, TheServices
from schemas.errors import ErrorCode
from schemas.frames import MediaId
from schemas.rest import MAX_MEDIA_ASKED, MediaList, MediaView

router = APIRouter(prefix="/api", tags=["media"])

_FILE: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
}
FILE_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FILE}}},
}
"""Read by the route itself: not before it is known who asks."""
UPLOADING = (
    ErrorCode.INVALID_FRAME,
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.TOO_LARGE,
    ErrorCode.CONTENT_FORBIDDEN,
    ErrorCode.UNAVAILABLE,
)
_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}
_LOADED: Responses = {
    200: {"description": "The file", "content": _BYTES},
    206: {"description": "The part of it that `Range` asks for", "content": _BYTES},
}


@router.post(
    "/media",
    status_code=201,
    response_model=MediaView,
    responses=problems(*UPLOADING),
    openapi_extra=FILE_BODY,
    summary="Upload a file",
)
async def upload(request: Request, caller: Caller, services: TheServices) -> Response:
    """One file, in the field `file`, to be named in a message's `media`; what no message carries goes after a day.

    Its type is what its bytes say, and one of those that are taken (`content_forbidden` else); images are drawn anew,
    without their metadata, and get a thumbnail.
    """
    media = await services.uploads.take(request, caller.user, Purpose.MESSAGE)
    return answer(media.view(), 201, {"Location": f"/api/media/{media.id}"})


@router.get(
    "/media",
    response_model=MediaList,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="Look files up",
)
async def look_up(
    caller: Caller,
    services: TheServices,
    id: Annotated[list[MediaId], Query(max_length=MAX_MEDIA_ASKED)],  # noqa: A002 (the query's own word)
) -> Response:
    """Names, types and sizes, to lay a page out before anything is loaded. What the caller may not see, or what is
    not there (any more), is left out."""
    asked = tuple(dict.fromkeys(id))
    found = await services.store.media.visible(caller.user, asked)
    return answer(MediaList(media=tuple(found[one].view() for one in asked if one in found)))


_LOADING: dict[str, Any] = {
    "responses": _LOADED | problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_FOUND),
    "response_class": Response,
}


@router.get("/media/{id}", summary="Load a file", **_LOADING)
async def load(id: str, request: Request, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """For its uploader, and for the members of conversations in which a message carries it; pictures for everybody.

    A single range of bytes may be asked for (`Range`, `If-Range`), and whether a kept copy is still it
    (`If-None-Match`).
    """
    return await _serve(services, caller.user, id, Variant.ORIGINAL, request)


@router.get("/media/{id}/thumbnail", summary="Load an image's thumbnail", **_LOADING)
async def load_thumbnail(id: str, request: Request, caller: Caller, services: TheServices) -> Response:  # noqa: A002
    """For those who may see the image. Files that are no images have none."""
    return await _serve(services, caller.user, id, Variant.THUMBNAIL, request)


async def _serve(services: Services, user: str, media: str, variant: Variant, request: Request) -> Response:
    found = (await services.store.media.visible(user, [media])).get(media)
    if found is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return serve(services.store.media, found, variant, request.headers)
