"""What the routes work with: composed once per process, handed to each request; and who is asking."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from producer_gateway.api.chat_list import ChatList
from producer_gateway.api.code_tries import CodeTries
from producer_gateway.api.limiting import ADDRESS, ApiLimits, Limits
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.sending import Commands
from producer_gateway.api.signing_out import SigningOut
from producer_gateway.api.starting_chats import ChatsConfig, ChatStarter
from producer_gateway.api.tracing import TRACEPARENT
from producer_gateway.api.uploading import MediaConfig, Uploads
from producer_gateway.api.web_app import WebApp
from producer_gateway.chat_keys import ChatKeys
from producer_gateway.content import ContentConfig, ContentRules
from producer_gateway.notices import Notices
from producer_gateway.passwords import Passwords
from producer_gateway.receipts import ReceiptSender
from producer_gateway.revocations import Revocations
from producer_gateway.seat_tokens import SeatPass, is_seat_token
from producer_gateway.tokens import AccessTokens, Claims, TokenExpired, TokenInvalid
from schemas.errors import ErrorCode
from schemas.frames import MAX_CLIENT_FRAME_BYTES
from schemas.ids import ClientId
from store.ports import Store


@dataclass(frozen=True, slots=True)
class ApiConfig:
    origins: tuple[str, ...] = ()
    """Other origins whose pages may use the api, with credentials."""
    refresh_lifetime: timedelta = timedelta(days=30)
    secure_cookies: bool = False
    """Whether browsers send cookies over HTTPS only."""
    max_body_bytes: int = MAX_CLIENT_FRAME_BYTES
    body_seconds: float = 30.0
    requests_at_once: int = 2000
    push_subscriptions: int = 20
    """Of one user; the oldest make room."""
    media: MediaConfig = field(default_factory=MediaConfig)
    limits: ApiLimits = field(default_factory=ApiLimits)
    content: ContentConfig = field(default_factory=ContentConfig)
    chats: ChatsConfig = field(default_factory=ChatsConfig)
    web_app: WebApp = field(default_factory=WebApp)


@dataclass(frozen=True, slots=True)
class Services:
    store: Store
    commands: Commands
    tokens: AccessTokens
    passwords: Passwords
    push_key: str
    """The public key of Web Push, which browsers subscribe for."""
    uploads: Uploads
    receipts: ReceiptSender
    chat_list: ChatList
    now: Callable[[], datetime]
    random: Random
    ready: Callable[[], bool]
    limits: Limits
    revocations: Revocations
    signing_out: SigningOut
    chat_keys: ChatKeys
    chat_starter: ChatStarter
    code_tries: CodeTries
    content: ContentRules
    notices: Notices
    config: ApiConfig


async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


TheServices = Annotated[Services, Depends(_services)]

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token from `POST /api/login`.")


async def _caller(
    request: Request,
    services: TheServices,
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Claims:
    if authorization is None:
        raise ProblemError(ErrorCode.UNAUTHENTICATED)
    claims = _claims(services, authorization.credentials)
    if await services.revocations.is_over(claims.login):
        raise _not_let_in(ErrorCode.UNAUTHENTICATED)
    services.limits.user(claims.user, request.method, request.scope["route"].path)
    return claims


def _claims(services: Services, token: str) -> Claims:
    try:
        return services.tokens.verify(token, services.now())
    except TokenExpired:
        raise _not_let_in(ErrorCode.TOKEN_EXPIRED) from None
    except TokenInvalid:
        raise _not_let_in(ErrorCode.UNAUTHENTICATED) from None


def _not_let_in(code: ErrorCode) -> ProblemError:
    return ProblemError(code, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


async def _seated(
    request: Request,
    services: TheServices,
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> SeatPass:
    claims = await _anyone(request, services, authorization)
    if claims.seat is None:
        raise _not_let_in(ErrorCode.UNAUTHENTICATED)
    return claims.seat


async def _anyone(
    request: Request,
    services: TheServices,
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Claims:
    if authorization is None or not is_seat_token(authorization.credentials):
        return await _caller(request, services, authorization)
    try:
        claims = services.tokens.verify_any(authorization.credentials, services.now())
    except TokenExpired:
        raise _not_let_in(ErrorCode.TOKEN_EXPIRED) from None
    except TokenInvalid:
        raise _not_let_in(ErrorCode.UNAUTHENTICATED) from None
    services.limits.user(claims.user, request.method, request.scope["route"].path)
    return claims


Seated = Annotated[SeatPass, Depends(_seated)]
"""Whoever sends the request, in his seat of an ephemeral chat. Raises unauthenticated, token_expired, rate_limited."""
Anyone = Annotated[Claims, Depends(_anyone)]
"""Whoever sends the request, signed in or in a seat. Raises as `Caller` does."""

Caller = Annotated[Claims, Depends(_caller)]
"""Whoever sends the request, signed in. Raises unauthenticated, token_expired or rate_limited."""


async def _address(request: Request) -> str:
    return cast("str", request.scope["state"][ADDRESS])


Address = Annotated[str, Depends(_address)]
"""Where the request comes from."""


async def _own(id: str, caller: Caller) -> str:  # noqa: A002 (the path's own word)
    if id != caller.user:
        raise ProblemError(ErrorCode.FORBIDDEN)
    return caller.user


Own = Annotated[str, Depends(_own)]
"""The user of the path, who is the caller himself. Anybody else's id is forbidden, whether or not there is such a user.
"""


async def _trace(request: Request) -> str:
    return cast("str", request.scope["state"][TRACEPARENT])


Trace = Annotated[str, Depends(_trace)]

IdempotencyKey = Annotated[
    ClientId | None,
    Header(
        alias="Idempotency-Key",
        description="The client's own unique id of this command. Sent again with the same key, it is done once, and"
        " answered as the first time. One is made up where it is absent; it comes back in the answer's header.",
    ),
]
