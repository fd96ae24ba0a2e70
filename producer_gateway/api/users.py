"""Accounts: register, look up, search."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.identity import USERNAME, User
from domain.presence import Presence
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.services import Address, Caller, TheServices
from schemas.errors import ErrorCode
from schemas.ids import new_user_id
from schemas.rest import DEFAULT_PAGE, MAX_PAGE, Profile, Registration, UserPage
from store.errors import Taken

router = APIRouter(prefix="/api/users", tags=["users"])


@router.post(
    "",
    status_code=201,
    response_model=Profile,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.CONFLICT, ErrorCode.RATE_LIMITED),
    summary="Register",
)
async def register(body: Registration, services: TheServices, address: Address) -> Response:
    """Make an account. Usernames are unique without regard to case: `conflict` says that this one is taken."""
    services.limits.registration(address)
    if not USERNAME.fullmatch(body.username):
        raise bad_field("username", "Letters, digits and _ . @ + - only")
    user = User(
        id=new_user_id(),
        username=body.username,
        created_at=services.now(),
        name=body.name,
        lastname=body.lastname,
        email=body.email,
        phone_number=body.phone_number,
    )
    password_hash = await services.passwords.hash(body.password)
    try:
        await services.store.users.create(user, password_hash)
    except Taken:
        raise ProblemError(ErrorCode.CONFLICT, "That username is taken.") from None
    return answer(profile(user, user.id), 201, {"Location": f"/api/users/{user.id}"})


@router.get(
    "",
    response_model=UserPage,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="List and search users",
)
async def list_users(
    caller: Caller,
    services: TheServices,
    q: Annotated[str | None, Query(max_length=100, description="What a username, name or lastname begins with")] = None,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
) -> Response:
    """All users in the order of their usernames, or those that `q` finds."""
    page = await services.store.users.list(q or None, cursor, limit)
    return answer(UserPage(users=tuple(profile(user, caller.user) for user in page.items), next=page.next))


@router.get(
    "/active",
    response_model=UserPage,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="Who is online",
)
async def active_users(
    caller: Caller,
    services: TheServices,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
) -> Response:
    """The users who are online now, in the order of their usernames."""
    page = await services.store.users.active(cursor, limit)
    return answer(UserPage(users=tuple(profile(user, caller.user) for user in page.items), next=page.next))


@router.get(
    "/{id}",
    response_model=Profile,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_FOUND),
    summary="A user's profile",
)
async def get_user(id: str, caller: Caller, services: TheServices) -> Response:  # noqa: A002 (the path's own word)
    """Anyone's profile, and whether he is online; one's own has the mail address and phone number too."""
    found = (await services.store.users.get([id])).get(id)
    if found is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    told = (await services.store.presences.load([id])).get(id, Presence())
    presence = {"online": told.online, "last_online": told.last_online}
    return answer(profile(found, caller.user).model_copy(update=presence))


def profile(user: User, viewer: str) -> Profile:
    """A user as `viewer` may see him."""
    own = viewer == user.id
    return Profile(
        **dict(user.view()), email=user.email if own else None, phone_number=user.phone_number if own else None
    )
