"""What the server sends over the socket, read leniently: unknown fields and unknown types are let pass."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from parley_client.errors import BadFrame
from parley_client.models import ErrorBody, Message, Summary, User
from schemas.base import Consumed


class Connected(Consumed):
    type: Literal["connected"]
    session: str
    user: User
    edge: str
    conversations: tuple[Summary, ...]
    more: bool = False
    online: tuple[str, ...] = ()


class Accepted(Consumed):
    type: Literal["accepted"]
    id: str
    at: AwareDatetime


class Stored(Consumed):
    type: Literal["stored"]
    id: str
    conversation: str
    seq: int
    rev: int


class RejectedFrame(Consumed):
    type: Literal["rejected"]
    id: str
    error: ErrorBody


class MessagePush(Message):
    type: Literal["message"]


class ConversationPush(Summary):
    type: Literal["conversation"]


class Receipt(Consumed):
    type: Literal["receipt"]
    conversation: str
    user: str
    delivered: int
    read: int
    at: AwareDatetime


class Changes(Consumed):
    type: Literal["changes"]
    conversation: str
    epoch: str
    after: int = Field(alias="from")
    to: int
    messages: tuple[Message, ...]
    more: bool = False


class Reset(Consumed):
    type: Literal["reset"]
    conversation: str
    epoch: str
    rev: int


class Gone(Consumed):
    type: Literal["gone"]
    conversation: str
    reason: str = ""


class Ended(Consumed):
    type: Literal["ended"]
    conversation: str
    by: str = ""


class Notice(Consumed):
    type: Literal["notice"]
    conversation: str
    code: str
    at: AwareDatetime | None = None


class Synced(Consumed):
    type: Literal["synced"]
    id: str


class Refreshed(Consumed):
    type: Literal["refreshed"]


class SignedOut(Consumed):
    type: Literal["signed_out"]


class Typing(Consumed):
    type: Literal["typing"]
    conversation: str
    user: str
    on: bool


class UserStatus(Consumed):
    type: Literal["user_status"]
    user: str
    status: str
    last_online: AwareDatetime | None = None


class ErrorFrame(Consumed):
    type: Literal["error"]
    id: str | None = None
    error: ErrorBody


class Unknown(Consumed):
    """A frame this client makes nothing of itself, for the application to look at."""

    frame: dict[str, Any]


Known = (
    Connected
    | Accepted
    | Stored
    | RejectedFrame
    | MessagePush
    | ConversationPush
    | Receipt
    | Changes
    | Reset
    | Gone
    | Ended
    | Notice
    | Synced
    | Refreshed
    | SignedOut
    | Typing
    | UserStatus
    | ErrorFrame
)
ServerFrame = Known | Unknown
_KNOWN: TypeAdapter[Known] = TypeAdapter(Annotated[Known, Field(discriminator="type")])
_TYPES = frozenset(get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(Known))


def read_frame(frame: Mapping[str, Any]) -> ServerFrame:
    """One frame of the server. Raises BadFrame when a known type lacks what the protocol promises."""
    if frame.get("type") not in _TYPES:
        return Unknown(frame=dict(frame))
    try:
        return _KNOWN.validate_python(frame)
    except ValidationError as invalid:
        # What was sent stays out of the error: it may be a message's text.
        where = ", ".join(".".join(map(str, fault["loc"])) for fault in invalid.errors(include_input=False))
        raise BadFrame(f"a malformed {frame['type']} frame: {where}") from None
