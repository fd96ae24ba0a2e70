"""The REST interface, as far as a chat client needs it."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError

from parley_client.errors import BadFrame, NotFound, RequestFailed, Unreachable, request_failed
from parley_client.files import Files
from parley_client.models import Hit, Message, OpenedConversation, Summary, User
from schemas.base import Consumed
from schemas.errors import CATALOGUE, ErrorCode
from schemas.preferences import Preferences, PreferencesChange

REQUEST_SECONDS = 15.0
"""More than the longest that the server waits for an outcome."""

_TOKEN = re.compile(r"(/seats/)[^/]+")

Model = TypeVar("Model", bound=BaseModel)


class SignedIn(Consumed):
    access_token: str
    expires_in: float
    user: User


class SignIn(Consumed):
    """A device one is signed in on."""

    id: str
    device: str | None = None
    created_at: AwareDatetime
    last_used_at: AwareDatetime
    current: bool


class SignIns(Consumed):
    sessions: tuple[SignIn, ...]


class WhereToConnect(Consumed):
    urls: tuple[str, ...]
    heartbeat_seconds: float = 25.0


class SeatView(Consumed):
    """Whose seat in an ephemeral chat a link leads to. `state`: `new`, or `entered` when somebody has been in."""

    name: str
    state: str
    url: str | None = None
    """The link of the seat one sits in already, when it is the other one of this chat: the rest is about that."""


class UserPage(Consumed):
    users: tuple[User, ...]
    next: str | None = None


class ConversationPage(Consumed):
    conversations: tuple[Summary, ...]
    next: str | None = None


class MessagePage(Consumed):
    messages: tuple[Message, ...]
    more: bool


class HitPage(Consumed):
    hits: tuple[Hit, ...]
    next: str | None = None


class Pending(Consumed):
    """Accepted: it will be done or refused, never lost; the same id asks again."""

    client_id: str
    conversation: str


class RecipientReceipt(Consumed):
    """`status`: sent, delivered or read, and since when."""

    user: str
    status: str
    delivered_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None


class _MessageReceipts(Consumed):
    receipts: tuple[RecipientReceipt, ...]


class Rest:
    """One user's requests. Signing in keeps the access token and, as a cookie, the refresh token.

    Every method raises Unreachable when there is no answer within REQUEST_SECONDS, and RequestFailed (or its subclass
    for the code) when the answer is an error.
    """

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`base_url` is the app's address, without `/api`."""
        self._http = httpx.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/api", timeout=REQUEST_SECONDS, transport=transport, trust_env=False
        )
        self.files = Files(self._request)
        self.signed_in: SignedIn | None = None
        self.token_until = 0.0
        """When the access token expires, on this process's monotonic clock."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # Signing in.

    async def register(self, username: str, password: str, name: str | None = None) -> User:
        """Make an account. Raises Conflict when the username is taken."""
        body = {"username": username, "password": password} | ({"name": name} if name else {})
        return await self._ask(User, "POST", "/users", json=body)

    async def login(self, username: str, password: str, device: str | None = None) -> SignedIn:
        """Raises WrongPassword, which does not tell whether there is such a user."""
        body = {"username": username, "password": password} | ({"device": device} if device else {})
        return self._keep(await self._ask(SignedIn, "POST", "/login", json=body))

    async def look(self, token: str) -> SeatView:
        """Whose seat it is; costs no try and changes nothing. Raises NotFound when there is no such chat, or none any
        more."""
        return await self._ask(SeatView, "GET", f"/chats/seats/{token}")

    async def enter(self, token: str, code: str, name: str | None = None) -> SignedIn:
        """Take one's seat in an ephemeral chat. Raises WrongPassword with `tries_left` when the code is wrong,
        RequestFailed with `retry_after` after too many of those, NotFound when there is no such chat, or none any
        more."""
        body = {"code": code} | ({"name": name} if name else {})
        return self._keep(await self._ask(SignedIn, "POST", f"/chats/seats/{token}/enter", json=body))

    async def end_chat(self, conversation: str) -> None:
        """End the ephemeral chat that one sits in, for both."""
        await self._request("POST", f"/chats/{conversation}/end")

    async def refresh(self) -> SignedIn:
        """A new access token for the refresh cookie, which is exchanged too. Raises Unauthenticated."""
        return self._keep(await self._ask(SignedIn, "POST", "/refresh"))

    async def logout(self) -> None:
        await self._request("POST", "/logout")
        self.signed_in = None

    def _keep(self, signed_in: SignedIn) -> SignedIn:
        self.signed_in = signed_in
        self.token_until = time.monotonic() + signed_in.expires_in
        return signed_in

    # Finding people and conversations.

    async def find_user(self, username: str) -> User:
        """The user of that name, without regard to case. Raises NotFound."""
        cursor: str | None = None
        while True:
            page = await self._ask(UserPage, "GET", "/users", params=_given(q=username, cursor=cursor))
            for user in page.users:
                if user.username.casefold() == username.casefold():
                    return user
            if (cursor := page.next) is None:
                raise NotFound(ErrorCode.NOT_FOUND, f"there is no user {username}", retry=False)

    async def direct(self, user: str) -> OpenedConversation | Pending:
        """The one conversation with that user, found or made, with its newest messages."""
        body = {"kind": "direct", "with": user}
        return await self._ask_or_pending(OpenedConversation, "/conversations", body, None)

    async def group(
        self,
        name: str,
        members: tuple[str, ...] = (),
        *,
        password: str | None = None,
        request_id: str | None = None,
    ) -> OpenedConversation | Pending:
        """A new group of oneself and these users, which others join by its password if it has one; the same
        `request_id` makes one group, however often it is asked."""
        body = _given(kind="group", name=name, members=list(members), password=password)
        return await self._ask_or_pending(OpenedConversation, "/conversations", body, request_id)

    async def conversations(self, cursor: str | None = None) -> ConversationPage:
        """One's own, newest change first; `next` of a page is the cursor of the page after it."""
        return await self._ask(ConversationPage, "GET", "/conversations", params=_given(cursor=cursor))

    async def conversation(self, conversation: str) -> Summary:
        return await self._ask(Summary, "GET", f"/conversations/{conversation}")

    # Groups.

    async def join(self, conversation: str, password: str) -> OpenedConversation | Pending:
        """Become a member of a group that has a password. Raises WrongPassword, and RequestFailed with `retry_after`
        when too many guesses were wrong."""
        body = {"password": password}
        return await self._ask_or_pending(OpenedConversation, f"/conversations/{conversation}/join", body, None)

    async def leave(self, conversation: str) -> None:
        await self._request("POST", f"/conversations/{conversation}/leave")

    async def add_member(self, conversation: str, user: str) -> Summary | Pending:
        return await self._ask_or_pending(Summary, f"/conversations/{conversation}/members", {"user": user}, None)

    async def remove_member(self, conversation: str, user: str) -> None:
        await self._request("DELETE", f"/conversations/{conversation}/members/{user}")

    async def set_role(self, conversation: str, user: str, role: str) -> Summary | Pending:
        """`admin` or `member`."""
        path = f"/conversations/{conversation}/members/{user}"
        return await self._ask_or_pending(Summary, path, {"role": role}, None, method="PUT")

    async def change_group(self, conversation: str, **change: str | None) -> Summary | Pending:
        """Set `name`, `description`, `password`; None removes one of the latter two, what is not given stays."""
        return await self._ask_or_pending(Summary, f"/conversations/{conversation}", change, None, method="PUT")

    async def delete_group(self, conversation: str) -> None:
        """For everybody, and for ever."""
        await self._request("DELETE", f"/conversations/{conversation}")

    async def block(self, user: str, *, on: bool = True) -> None:
        """Hear nothing of a user any more, or again."""
        await self._request("PUT" if on else "DELETE", f"/users/{user}/block")

    # One's own account.

    async def change_profile(self, **change: str | None) -> User:
        """Set `name`, `lastname`, `email`, `phone_number`; None removes one, what is not given stays."""
        return await self._ask(User, "PUT", f"/users/{self._me}", json=change)

    async def change_password(self, old: str, new: str) -> None:
        """Ends one's other sign-ins. Raises WrongPassword."""
        await self._request("PUT", f"/users/{self._me}/password", json={"old": old, "new": new})

    async def sessions(self) -> tuple[SignIn, ...]:
        """Where one is signed in, the newest first."""
        return (await self._ask(SignIns, "GET", "/sessions")).sessions

    async def end_session(self, session: str) -> None:
        """Sign out elsewhere. Raises NotFound."""
        await self._request("DELETE", f"/sessions/{session}")

    async def erase(self, password: str) -> None:
        """Erase one's account, for ever. Raises WrongPassword."""
        await self._request("DELETE", f"/users/{self._me}", json={"password": password})
        self.signed_in = None

    async def preferences(self) -> Preferences:
        return await self._ask(Preferences, "GET", f"/users/{self._me}/preferences")

    async def change_preferences(self, change: PreferencesChange) -> Preferences:
        """All that holds afterwards; what the change leaves out stays as it is."""
        body = change.model_dump(mode="json", exclude_none=True)
        return await self._ask(Preferences, "PUT", f"/users/{self._me}/preferences", json=body)

    @property
    def _me(self) -> str:
        """Raises Unauthenticated before the first sign-in."""
        if self.signed_in is None:
            raise request_failed(ErrorCode.UNAUTHENTICATED, "sign in first", retry=False, retry_after=None)
        return self.signed_in.user.id

    async def mute(self, conversation: str, until: datetime | None = None) -> Summary:
        """Be notified of nothing in it, until a time to come or for good."""
        body = _given(until=None if until is None else until.isoformat())
        return await self._ask(Summary, "PUT", f"/conversations/{conversation}/mute", json=body)

    async def unmute(self, conversation: str) -> Summary:
        return await self._ask(Summary, "DELETE", f"/conversations/{conversation}/mute")

    async def mark_unread(self, conversation: str, *, unread: bool = True) -> Summary:
        """Have it shown as unread on all of one's devices, or no longer."""
        return await self._ask(Summary, "PUT" if unread else "DELETE", f"/conversations/{conversation}/unread")

    # Messages.

    async def history(
        self,
        conversation: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        """Messages ascending by seq: the newest, or those next to a seq; `more`: there are more in that direction."""
        params = _given(before=before, after=after, around=around, limit=limit)
        return await self._ask(MessagePage, "GET", f"/conversations/{conversation}/messages", params=params)

    async def receipts(self, conversation: str, seq: int) -> Sequence[RecipientReceipt]:
        """What has become of a message at each of its recipients."""
        found = await self._ask(_MessageReceipts, "GET", f"/messages/{conversation}.{seq}/receipts")
        return found.receipts

    async def send(self, conversation: str, text: str, client_id: str) -> Message | Pending:
        """Send one message; repeating it with the same `client_id` sends it once."""
        return await self._ask_or_pending(Message, f"/conversations/{conversation}/messages", {"text": text}, client_id)

    async def search(
        self,
        query: str,
        *,
        conversation: str | None = None,
        sender: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
    ) -> HitPage:
        """Messages of one's own conversations that have words beginning with each of the query's, newest first. A page
        with a `next` has more after it, however few it holds."""
        params = _given(
            conversation=conversation,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            cursor=cursor,
            **{"q": query, "from": sender},
        )
        return await self._ask(HitPage, "GET", "/search", params=params)

    async def where_to_connect(self) -> WhereToConnect:
        """The addresses of the edges, best first."""
        return await self._ask(WhereToConnect, "GET", "/connect")

    # How all of them are asked.

    async def _ask(self, model: type[Model], method: str, path: str, **given: Any) -> Model:
        return _read(model, await self._request(method, path, **given))

    async def _ask_or_pending(
        self, model: type[Model], path: str, body: Mapping[str, Any], key: str | None, method: str = "POST"
    ) -> Model | Pending:
        headers = {"Idempotency-Key": key} if key else {}
        response = await self._request(method, path, json=body, headers=headers)
        return _read(Pending, response) if response.status_code == httpx.codes.ACCEPTED else _read(model, response)

    async def _request(self, method: str, path: str, **given: Any) -> httpx.Response:
        if self.signed_in is not None:
            given["headers"] = given.get("headers", {}) | {"Authorization": f"Bearer {self.signed_in.access_token}"}
        try:
            response = await self._http.request(method, path, **given)
        except httpx.TransportError as error:
            raise Unreachable(f"{method} {_shown(path)}: {type(error).__name__}") from error
        if response.is_error:
            raise _failure(response)
        return response


def _shown(path: str) -> str:
    """A path as errors may tell it: they end up in logs, and a seat's token is a secret."""
    return _TOKEN.sub(r"\1…", path)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _read(model: type[Model], response: httpx.Response) -> Model:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as invalid:
        faults = [".".join(map(str, fault["loc"])) for fault in invalid.errors(include_input=False)]
        raise BadFrame(f"a malformed answer, no {model.__name__}: {', '.join(faults)}") from None


class _Problem(Consumed):
    code: str
    detail: str = ""
    retry: bool = False
    tries_left: int | None = None


def _failure(response: httpx.Response) -> RequestFailed:
    """The problem document, or what the status alone tells when something in between answered."""
    wait = response.headers.get("retry-after", "")
    retry_after = float(wait) if wait.isdecimal() else None
    try:
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        code = ErrorCode.UNAVAILABLE if response.is_server_error else ErrorCode.INVALID_FRAME
        message = f"HTTP status {response.status_code}"
        return request_failed(code, message, retry=CATALOGUE[code].retry, retry_after=retry_after)
    return request_failed(
        problem.code, problem.detail, retry=problem.retry, retry_after=retry_after, tries_left=problem.tries_left
    )
