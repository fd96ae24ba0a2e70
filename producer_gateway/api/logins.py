"""Sign in, stay signed in, sign out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Depends, Request
from starlette.responses import Response
from ulid import ULID

from domain.identity import User
from producer_gateway.api import refresh_tokens
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.refresh_tokens import new_token, token_hash
from producer_gateway.api.services import Address, Services, TheServices
from producer_gateway.api.users import profile
from schemas.errors import ErrorCode
from schemas.rest import Credentials, SignedIn
from store.errors import StoreUnavailable
from store.ports import Login

router = APIRouter(prefix="/api", tags=["sign-in"])


async def from_our_pages(request: Request, services: TheServices) -> None:
    """A cookie speaks for its user, so a request that lives on one must come from a page that may send it."""
    origin = request.headers.get("origin")
    ours = origin is None or origin in services.config.origins
    if not ours and urlsplit(origin or "").netloc != request.headers.get("host"):
        raise ProblemError(ErrorCode.FORBIDDEN, "Pages of this origin may not use this server.")


RefreshToken = Annotated[str | None, Cookie(alias=refresh_tokens.COOKIE)]


@router.post(
    "/login",
    response_model=SignedIn,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.WRONG_PASSWORD, ErrorCode.LOCKED_OUT, ErrorCode.UNAVAILABLE),
    summary="Sign in",
)
async def login(body: Credentials, services: TheServices, address: Address) -> Response:
    """An access token for the `Authorization` header, and a refresh token in a cookie.

    `wrong_password` does not tell whether there is a user of that name. After some of them one has to wait, longer
    each time: `locked_out`.
    """
    services.limits.sign_in(address)
    services.limits.guess(address, body.username)
    user, password_hash = await _authenticated(body, services)
    services.limits.right(address, body.username)
    token = new_token()
    now = services.now()
    made = Login(
        id=f"l_{ULID()}",
        user=user.id,
        device=body.device,
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + services.config.refresh_lifetime,
    )
    await services.store.logins.create(made)
    # A change of password ends the logins there are: one made at the same time has to look whether it still holds.
    if not await _still_right(services, body, password_hash):
        await services.signing_out.end(user.id, [made.id])
        raise _wrong()
    return _signed_in(services, user, made.id, token)


async def _authenticated(body: Credentials, services: Services) -> tuple[User, str]:
    """Who it is, and the hash of his password."""
    found = await services.store.users.credentials(body.username)
    verdict = await services.passwords.verify(body.password, None if found is None else found[1])
    if found is None or not verdict.right:
        raise _wrong()
    user, password_hash = found
    if verdict.upgraded is None:
        return user, password_hash
    await services.store.users.replace_password_hash(user.id, password_hash, verdict.upgraded)
    return user, verdict.upgraded


async def _still_right(services: Services, body: Credentials, password_hash: str) -> bool:
    found = await services.store.users.credentials(body.username)
    if found is None:
        return False
    return found[1] == password_hash or (await services.passwords.verify(body.password, found[1])).right


def _wrong() -> ProblemError:
    return ProblemError(ErrorCode.WRONG_PASSWORD, "The username or the password is wrong.")


def _signed_in(services: Services, user: User, login: str, refresh_token: str) -> Response:
    tokens = services.tokens
    body = SignedIn(
        access_token=tokens.issue(user.id, login, services.now()),
        expires_in=tokens.lifetime_seconds,
        user=profile(user, user.id),
    )
    response = answer(body)
    config = services.config
    refresh_tokens.put(response, refresh_token, config.refresh_lifetime, secure=config.secure_cookies)
    return response


@router.post(
    "/refresh",
    response_model=SignedIn,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.FORBIDDEN),
    dependencies=[Depends(from_our_pages)],
    summary="A new access token for the refresh token in the cookie",
)
async def refresh(services: TheServices, token: RefreshToken = None) -> Response:
    """Each refresh token works once and brings its successor. One that comes again was stolen from somebody: that
    ends the sign-in it belongs to, for thief and owner alike."""
    successor = new_token()
    login = None if token is None else await _rotated(services, token, successor)
    if login is None:
        raise _signed_out(services)
    user = (await services.store.users.get([login.user])).get(login.user)
    if user is None:
        raise _signed_out(services)
    return _signed_in(services, user, login.id, successor)


async def _rotated(services: Services, token: str, successor: str) -> Login | None:
    async def rotate() -> Login | None:
        now = services.now()
        expires_at = now + services.config.refresh_lifetime
        return await services.store.logins.rotate(token_hash(token), token_hash(successor), now, expires_at)

    try:
        return await rotate()
    except StoreUnavailable:  # perhaps done: only now can the same exchange be repeated, later it would be a theft
        return await rotate()


def _signed_out(services: Services) -> ProblemError:
    gone = Response()
    refresh_tokens.take_away(gone, secure=services.config.secure_cookies)
    return ProblemError(ErrorCode.UNAUTHENTICATED, headers={"Set-Cookie": gone.headers["set-cookie"]})


@router.post(
    "/logout",
    status_code=204,
    response_class=Response,
    responses=problems(ErrorCode.FORBIDDEN),
    dependencies=[Depends(from_our_pages)],
    summary="Sign out",
)
async def logout(services: TheServices, token: RefreshToken = None) -> Response:
    """End the sign-in that the cookie belongs to, its Web Push and sockets included; its access token opens no other.
    Signing out twice is fine."""
    login = None if token is None else await services.store.logins.revoke(token_hash(token))
    if login is not None:
        await services.signing_out.close([login])
    response = Response(status_code=204)
    refresh_tokens.take_away(response, secure=services.config.secure_cookies)
    return response
