"""Accounts: register, look up, search."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.identity import USERNAME, User
from domain.presence import Presence
from producer_gateway.api import refresh_tokens
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.services import Address, Caller, Own, Services, TheServices
from schemas.errors import ErrorCode
from schemas.ids import new_user_id
from schemas.rest import DEFAULT_PAGE, MAX_PAGE, Erasure, PasswordChange, Profile, ProfileChange, Registration, UserPage
from store.errors import Conflict, Taken

router = APIRouter(prefix="/api/users", tags=["users"])

_PROVEN = problems(
    ErrorCode.INVALID_FRAME,
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.WRONG_PASSWORD,
    ErrorCode.FORBIDDEN,
    ErrorCode.NOT_FOUND,
    ErrorCode.CONFLICT,
    ErrorCode.LOCKED_OUT,
)
"""Of what asks for one's password once more."""


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


@router.put(
    "/{id}",
    response_model=Profile,
    responses=problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.FORBIDDEN,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONFLICT,
    ),
    summary="Change one's profile",
)
async def change_profile(body: ProfileChange, user: Own, services: TheServices) -> Response:
    """Changes what is named, null removing it, and answers all of it."""
    try:
        changed = await services.store.users.change_profile(user, body.model_dump(exclude_unset=True))
    except Conflict:
        raise ProblemError(ErrorCode.CONFLICT, "Others changed it at the same time: try again.") from None
    if changed is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return answer(profile(changed, user))


@router.put(
    "/{id}/password",
    status_code=204,
    response_class=Response,
    responses=_PROVEN,
    summary="Change one's password",
)
async def change_password(
    body: PasswordChange, user: Own, caller: Caller, services: TheServices, address: Address
) -> Response:
    """Ends one's other sign-ins: their sockets close at once. This one goes on."""
    password_hash = await proven(services, address, user, body.old)
    new_hash = await services.passwords.hash(body.new)
    if not await services.store.users.replace_password_hash(user, password_hash, new_hash):
        raise ProblemError(ErrorCode.CONFLICT, "The password was changed meanwhile.")
    await services.signing_out.end_others(user, caller.login)
    return Response(status_code=204)


@router.delete(
    "/{id}",
    status_code=204,
    response_class=Response,
    responses=_PROVEN,
    summary="Erase one's account",
)
async def erase(body: Erasure, user: Own, services: TheServices, address: Address) -> Response:
    """For ever. Profile, picture, preferences and sign-ins go at once, one's topic and push subscriptions soon after.
    One's messages stay with those who have them, under no name; the username is free again."""
    password_hash = await proven(services, address, user, body.password)
    if not await services.store.users.erase(user, password_hash):
        raise ProblemError(ErrorCode.CONFLICT, "The password was changed meanwhile.")
    await services.signing_out.end_all(user)
    response = Response(status_code=204)
    refresh_tokens.take_away(response, secure=services.config.secure_cookies)
    return response


async def proven(services: Services, address: str, user: str, password: str) -> str:
    """The hash of a user's password, which he knows. Raises ProblemError: not_found, wrong_password, locked_out."""
    found = (await services.store.users.get([user])).get(user)
    credentials = None if found is None else await services.store.users.credentials(found.username)
    if credentials is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    services.limits.guess(address, user)
    if not (await services.passwords.verify(password, credentials[1])).right:
        raise ProblemError(ErrorCode.WRONG_PASSWORD)
    services.limits.right(address, user)
    return credentials[1]


def profile(user: User, viewer: str) -> Profile:
    """A user as `viewer` may see him."""
    own = viewer == user.id
    return Profile(
        **dict(user.view()), email=user.email if own else None, phone_number=user.phone_number if own else None
    )
