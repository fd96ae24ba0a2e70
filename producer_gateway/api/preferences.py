"""One's own preferences."""

from fastapi import APIRouter
from starlette.responses import Response

from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Own, TheServices
from schemas.errors import ErrorCode
from schemas.preferences import Preferences, PreferencesChange

router = APIRouter(prefix="/api/users/{id}/preferences", tags=["users"])

_OWN = (ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND)


@router.get("", response_model=Preferences, responses=problems(*_OWN), summary="One's preferences")
async def get_preferences(user: Own, services: TheServices) -> Response:
    """What one chose, or the default where one chose nothing."""
    return _told((await services.store.users.preferences([user])).get(user))


@router.put(
    "",
    response_model=Preferences,
    responses=problems(ErrorCode.INVALID_FRAME, *_OWN),
    summary="Change one's preferences",
)
async def change_preferences(body: PreferencesChange, user: Own, services: TheServices) -> Response:
    """Changes those that are named, and answers all of them."""
    return _told(await services.store.users.change_preferences(user, body))


def _told(found: Preferences | None) -> Response:
    if found is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return answer(found)
