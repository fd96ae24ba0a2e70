"""Ephemeral chats: start one, come in by a link and a code, end it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from ulid import ULID

from domain.ephemeral import EphemeralChat, Seat, Timer, clean_name, same_name
from domain.sealing import token_hash
from producer_gateway.api import chat_cookies, qr
from producer_gateway.api.answers import IDEMPOTENCY_KEY, PENDING, answer, pending, problems
from producer_gateway.api.logins import from_our_pages
from producer_gateway.api.membership import TheConversation
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.services import Address, IdempotencyKey, Seated, Services, TheServices, Trace
from producer_gateway.api.starting_chats import timer
from producer_gateway.chat_keys import Secrets
from producer_gateway.content import ForbiddenContent
from producer_gateway.seat_tokens import Purpose, SeatPass
from producer_gateway.threads import TooBusy
from schemas.commands import EndChat
from schemas.errors import ErrorCode
from schemas.frames import Notice
from schemas.messages import UserView
from schemas.rest import Entered, Entering, NewChat, NewSeat, SeatView, StartedChat

_TOLD = timedelta(hours=1)
"""For so long a token outlives its chat, so that whoever is there is told that this has ended, however late those are
who end it."""

router = APIRouter(prefix="/api/chats", tags=["ephemeral chats"])


@router.post(
    "",
    status_code=201,
    response_model=StartedChat,
    responses=problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.CONTENT_FORBIDDEN,
        ErrorCode.RATE_LIMITED,
        ErrorCode.UNAVAILABLE,
        ErrorCode.UNKNOWN_OUTCOME,
    ),
    summary="Start an ephemeral chat",
)
async def start(body: NewChat, services: TheServices, address: Address, trace: Trace) -> Response:
    """Two seats, each with a link (also as a QR code) and a code. Give each person the link in one way and the code in
    another: nobody, not this server either, can tell them again."""
    services.limits.chat(address)
    names = _names(services, body)
    inactivity = None if body.inactivity_seconds is None else timedelta(seconds=body.inactivity_seconds)
    chat, drawn = await services.chat_starter.start(names, inactivity, services.now(), trace)
    # Drawing takes long enough to hold up others.
    seats = await asyncio.to_thread(_new_seats, services, chat, drawn)
    return answer(StartedChat(chat=chat.conversation, expires_at=chat.expires_at, seats=seats), 201)


def _names(services: Services, body: NewChat) -> tuple[str, str]:
    try:
        first, second = (services.content.name(clean_name(name)) for name in body.names)
    except ForbiddenContent:
        raise ProblemError(ErrorCode.CONTENT_FORBIDDEN) from None
    except ValueError as error:
        raise bad_field("names", f"Each: {error}") from None
    if same_name(first, second):
        raise bad_field("names", "The two have to differ, and not only in case")
    return first, second


def _new_seats(services: Services, chat: EphemeralChat, drawn: tuple[Secrets, Secrets]) -> tuple[NewSeat, NewSeat]:
    first, second = (_new_seat(services, seat, found) for seat, found in zip(chat.seats, drawn, strict=True))
    return first, second


def _new_seat(services: Services, seat: Seat, found: Secrets) -> NewSeat:
    url = _url(services, found.token)
    return NewSeat(name=seat.name, url=url, code=found.code, qr_svg=qr.svg(url), qr_png=qr.png(url))


def _url(services: Services, token: str) -> str:
    return f"{services.config.chats.public_url}/c/{token}"


@router.get(
    "/seats/{token}",
    response_model=SeatView,
    responses=problems(ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE),
    summary="Whose seat a link leads to",
)
async def look(token: str, request: Request, services: TheServices) -> Response:
    """Changes nothing, however often the link is opened and by whom. A link of a chat that has ended answers like one
    that never was."""
    chat = await _chat(services, token, request)
    own = chat_cookies.held(request, chat.conversation, services.tokens.seats, services.now())
    seat = chat.seat(token_hash(token)) if own is None else chat.seat_of(own.user)
    elsewhere = own is not None and own.link != token
    return answer(
        SeatView(
            name=seat.name,
            state="new" if seat.claimed_at is None else "entered",
            url=_url(services, own.link) if own is not None and elsewhere else None,
        )
    )


async def _chat(services: Services, token: str, request: Request) -> EphemeralChat:
    """One whose time is over is as good as ended."""
    found = await services.store.chats.at(token_hash(token))
    if found is None or found.expires_at <= services.now():
        dead = chat_cookies.of_link(request, token, services.tokens.seats)
        raise ProblemError(ErrorCode.NOT_FOUND, headers=_without(services, dead))
    return found


def _without(services: Services, conversation: str | None) -> Mapping[str, str]:
    """Headers that take away the cookie of a chat that has ended: it holds a key."""
    if conversation is None:
        return {}
    response = Response()
    chat_cookies.take_away(response, conversation, secure=services.config.secure_cookies)
    return {"Set-Cookie": response.headers["set-cookie"]}


@router.post(
    "/seats/{token}/enter",
    response_model=Entered,
    responses=problems(
        ErrorCode.INVALID_FRAME,
        ErrorCode.NOT_FOUND,
        ErrorCode.FORBIDDEN,
        ErrorCode.WRONG_CODE,
        ErrorCode.LOCKED_OUT,
        ErrorCode.UNAVAILABLE,
    ),
    dependencies=[Depends(from_our_pages)],
    summary="Enter a seat",
)
async def enter(token: str, body: Entering, request: Request, services: TheServices, address: Address) -> Response:
    """By its code, on any device; a browser that has been in needs none, and gets to its own seat by either link.

    `wrong_code` tells how many tries are left; then each has to wait longer than the one before, `locked_out`. The
    other one in the chat is told of wrong tries.
    """
    chat = await _chat(services, token, request)
    now = services.now()
    found = chat_cookies.held(request, chat.conversation, services.tokens.seats, now)
    if found is None:
        found = await _proven(services, chat, token, body, address)
    if chat.seat_of(found.user).claimed_at is None:
        await _claim(services, chat, found.user)
    return _entered(services, chat, found)


async def _proven(services: Services, chat: EphemeralChat, token: str, body: Entering, address: str) -> SeatPass:
    """The pass of whoever has the code. A try is counted before it is judged."""
    if body.code is None:
        raise bad_field("code", "The code of the seat")
    seat = chat.seat(token_hash(token))
    await services.code_tries.begin(seat.user, address)
    try:
        key = await services.chat_keys.opened(seat, token, body.code)
    except TooBusy:
        await services.code_tries.unjudged(seat.user, address)
        raise
    peer = chat.peer(seat.user)
    if key is None or not (body.name is None or same_name(body.name, seat.name)):
        await services.notices.tell(peer.user, Notice(conversation=chat.conversation, code="wrong_code_tried"))
        raise ProblemError(ErrorCode.WRONG_CODE, tries_left=await services.code_tries.left(seat.user))
    await services.code_tries.right(seat.user, address)
    return SeatPass(
        conversation=chat.conversation,
        user=seat.user,
        name=seat.name,
        peer=peer.user,
        peer_name=peer.name,
        key=key,
        link=token,
        created_at=chat.created_at,
        expires_at=chat.expires_at + _TOLD,
    )


async def _claim(services: Services, chat: EphemeralChat, user: str) -> None:
    """The timer of silence first: a chat in which both have been never is without it."""
    now = services.now()
    await services.store.deadlines.set([timer(chat.conversation, Timer.SILENCE, now + chat.inactivity / 2)])
    await services.store.chats.claim(chat.conversation, user, now)


def _entered(services: Services, chat: EphemeralChat, found: SeatPass) -> Response:
    now, seats = services.now(), services.tokens.seats
    body = Entered(
        access_token=seats.issue(found, Purpose.ACCESS),
        expires_in=max(0, int((found.expires_at - now).total_seconds())),
        conversation=found.conversation,
        user=UserView(id=found.user, username=found.name, created_at=found.created_at),
        peer=UserView(id=found.peer, username=found.peer_name, created_at=found.created_at),
        inactivity_seconds=int(chat.inactivity.total_seconds()),
        expires_at=chat.expires_at,
    )
    response = answer(body)
    chat_cookies.put(response, found, seats, now, secure=services.config.secure_cookies)
    return response


@router.post(
    "/{id}/end",
    status_code=204,
    response_class=Response,
    responses=PENDING
    | problems(
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONFLICT,
        ErrorCode.CONVERSATION_ENDED,
        ErrorCode.UNAVAILABLE,
        ErrorCode.UNKNOWN_OUTCOME,
    ),
    summary="End an ephemeral chat",
)
async def end(
    conversation: TheConversation, seat: Seated, services: TheServices, trace: Trace, key: IdempotencyKey = None
) -> Response:
    """For both, and for ever: nothing is accepted any more, nothing that was said can be opened again, and both links
    answer like links that never were."""
    if conversation != seat.conversation:
        raise ProblemError(ErrorCode.NOT_FOUND)
    command = EndChat(conversation=conversation, sender=seat.user, client_id=key or str(ULID()))
    headers = {IDEMPOTENCY_KEY: command.client_id}
    try:
        done = await services.commands.ask(command, trace)
    except ProblemError as error:
        if error.code is ErrorCode.CONVERSATION_ENDED:
            error.headers = {**(error.headers or {}), **_without(services, conversation)}
        raise
    if done is not None and await services.store.conversations.membership(conversation, seat.user) == "member":
        raise ProblemError(ErrorCode.CONFLICT, "This key was used for something else, and ended nothing.")
    response = pending(command, headers) if done is None else Response(status_code=204, headers=headers)
    chat_cookies.take_away(response, conversation, secure=services.config.secure_cookies)
    return response
