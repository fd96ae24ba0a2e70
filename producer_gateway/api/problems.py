"""Errors over HTTP: `application/problem+json` (RFC 9457), whatever went wrong and wherever."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from producer_gateway.threads import TooBusy
from schemas.errors import CATALOGUE, ErrorCode
from schemas.messages import ConversationKind
from schemas.rest import FieldError, Problem
from store.errors import StoreUnavailable

MEDIA_TYPE = "application/problem+json"

_RETRY_AFTER = {
    ErrorCode.RATE_LIMITED: "1",
    ErrorCode.UNAVAILABLE: "1",
    ErrorCode.UNKNOWN_OUTCOME: "1",
}
_MAX_FIELD_ERRORS = 10
_MAX_FIELD_NAME = 100
_KINDS = frozenset(kind.value for kind in ConversationKind)


class ProblemError(HTTPException):
    """What a client did or asked for ends here, with a code of the catalogue.

    Being an HTTPException it passes through the reading of a body, which takes any other for a broken one.
    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Iterable[FieldError] = (),
        tries_left: int | None = None,
    ) -> None:
        super().__init__(CATALOGUE[code].status, detail or CATALOGUE[code].message, headers)
        self.code = code
        self.errors = tuple(errors)
        self.tries_left = tries_left


def bad_field(field: str, message: str) -> ProblemError:
    """A request that is well-formed but for one field."""
    return ProblemError(ErrorCode.INVALID_FRAME, errors=[FieldError(field=field, message=message)])


def response(error: ProblemError, status: int | None = None) -> Response:
    """`status`, where HTTP has a more telling one than the catalogue."""
    status = status or error.status_code
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.detail,
        code=error.code,
        retry=CATALOGUE[error.code].retry,
        errors=error.errors or None,
        tries_left=error.tries_left,
    )
    return Response(body.model_dump_json(), status, _headers(error), MEDIA_TYPE)


def _headers(error: ProblemError) -> dict[str, str]:
    headers = dict(error.headers or {})
    if error.code in _RETRY_AFTER:
        headers.setdefault("Retry-After", _RETRY_AFTER[error.code])
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return headers


def install(app: FastAPI) -> None:
    """Make every error that the routes raise a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreUnavailable, _unavailable)
    app.add_exception_handler(TooBusy, _unavailable)


async def _http(request: Request, error: Exception) -> Response:
    if isinstance(error, ProblemError):
        return response(error)
    error = cast("HTTPException", error)
    code = _CODES.get(error.status_code, ErrorCode.INVALID_FRAME)
    return response(ProblemError(code, _DETAILS.get(error.status_code), headers=error.headers), error.status_code)


_CODES: Mapping[int, ErrorCode] = {
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorCode.TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR: ErrorCode.INTERNAL,
}
_DETAILS: Mapping[int, str] = {HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method."}


async def _unavailable(request: Request, error: Exception) -> Response:
    return response(ProblemError(ErrorCode.UNAVAILABLE))


async def _invalid(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    errors = [_field_error(one) for one in found[:_MAX_FIELD_ERRORS]]
    return response(ProblemError(ErrorCode.INVALID_FRAME, errors=errors))


def _field_error(found: Mapping[str, object]) -> FieldError:
    return FieldError(field=_field(found)[:_MAX_FIELD_NAME], message=_message(found))


def _field(found: Mapping[str, object]) -> str:
    """Where it is in what the client sent, as he would name it; a body that is no JSON is wrong as a whole."""
    holder, *place = cast("tuple[object, ...]", found["loc"])
    if found["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return str(_context(found)["discriminator"]).strip("'")
    if found["type"] == "json_invalid" or not place:
        return str(holder)
    # The model that a body's `kind` has chosen is no part of the body.
    return ".".join(map(str, place[1:] if place[0] in _KINDS else place))


def _message(found: Mapping[str, object]) -> str:
    """Pydantic's own words, except where they would repeat what the client sent."""
    if found["type"] == "union_tag_invalid":
        return f"Must be one of {_context(found)['expected_tags']}"
    if found["type"] == "json_invalid":
        return "This is not JSON"
    return str(found["msg"]).removeprefix("Value error, ")


def _context(found: Mapping[str, object]) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found["ctx"])
