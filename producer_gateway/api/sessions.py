"""One's own sign-ins: which there are, and ending one."""

from fastapi import APIRouter
from starlette.responses import Response

from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Caller, TheServices
from schemas.errors import ErrorCode
from schemas.rest import SignIn, SignIns

router = APIRouter(prefix="/api/sessions", tags=["sign-in"])


@router.get(
    "",
    response_model=SignIns,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="One's sign-ins",
)
async def list_sessions(caller: Caller, services: TheServices) -> Response:
    """Every device one is signed in on, the newest sign-in first."""
    found = [
        SignIn(
            id=login.id,
            device=login.device,
            created_at=login.created_at,
            last_used_at=login.expires_at - services.config.refresh_lifetime,
            current=login.id == caller.login,
        )
        for login in await services.store.logins.of(caller.user)
    ]
    return answer(SignIns(sessions=tuple(found)))


@router.delete(
    "/{id}",
    status_code=204,
    response_class=Response,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_FOUND),
    summary="Sign out elsewhere",
)
async def end_session(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002 (the path's own word)
    """Its refresh token is worth nothing any more, its sockets are closed (`signed_out`, 4401), and its access token
    opens no other. Ending it twice is fine; other people's answer like those that do not exist."""
    if not await services.signing_out.end(caller.user, [id]):
        raise ProblemError(ErrorCode.NOT_FOUND)
    return Response(status_code=204)
