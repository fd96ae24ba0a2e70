"""Where to open the socket."""

from fastapi import APIRouter
from starlette.responses import Response

from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Anyone, TheServices
from schemas.errors import ErrorCode
from schemas.rest import WhereToConnect

router = APIRouter(prefix="/api", tags=["connect"])


@router.get(
    "/connect",
    response_model=WhereToConnect,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.UNAVAILABLE),
    summary="Where to open the socket",
)
async def connect(caller: Anyone, services: TheServices) -> Response:
    """The edges that are up, each client's in its own random order, so that clients spread over them."""
    urls = list(await services.store.edges.urls())
    if not urls:
        raise ProblemError(ErrorCode.UNAVAILABLE, "No edge takes connections right now: try again.")
    services.random.shuffle(urls)
    return answer(WhereToConnect(urls=tuple(urls)))
