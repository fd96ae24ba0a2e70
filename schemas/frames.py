"""The WebSocket protocol, version 1: one JSON object per text frame."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator

from schemas.base import QUIET, Consumed, Produced, absent
from schemas.emoji import MAX_EMOJI_CHARACTERS, one_emoji
from schemas.errors import ErrorBody
from schemas.ids import ClientId, ConversationId, DeviceId, SessionId, UserId
from schemas.messages import Message, Summary, UserView
from schemas.times import Instant

PROTOCOL = 1
MAX_CLIENT_FRAME_BYTES = 64 * 1024
MAX_SERVER_FRAME_BYTES = 1024 * 1024
MAX_CURSORS = 200
MAX_HISTORY = 200
DEFAULT_HISTORY = 50
MAX_MEDIA = 10
MAX_MENTIONS = 100
HEARTBEAT_SECONDS = 25
CONNECT_TIMEOUT_SECONDS = 10
TYPING_SECONDS = 6
MAX_NUMBER = 2**53 - 1
"""As far as every client counts exactly (RFC 8259 section 6)."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=16_000, pattern=r"\S")]
Number = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Seq = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Emoji = Annotated[str, StringConstraints(min_length=1, max_length=MAX_EMOJI_CHARACTERS), AfterValidator(one_emoji)]
MediaId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Cursor(Consumed):
    """All a client needs to remember of a conversation: the numbering and the last change it has."""

    epoch: Annotated[str, StringConstraints(max_length=64)]
    rev: Number


Cursors = Annotated[dict[ConversationId, Cursor], Field(max_length=MAX_CURSORS)]

# What a client sends.


class Connect(Consumed):
    type: Literal["connect"]
    id: ClientId | None = None
    protocol: int
    token: str
    device: DeviceId
    cursors: Cursors = Field(default_factory=dict)


class SendMessageFrame(Consumed):
    type: Literal["message"]
    id: ClientId
    conversation: ConversationId
    text: Text | None = None
    media: Annotated[tuple[MediaId, ...], Field(max_length=MAX_MEDIA)] = ()
    reply_to: Seq | None = None
    mentions: Annotated[tuple[UserId, ...], Field(max_length=MAX_MENTIONS)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and not self.media:
            raise ValueError("a message needs text or media")
        return self


class EditFrame(Consumed):
    type: Literal["edit"]
    id: ClientId
    conversation: ConversationId
    seq: Seq
    text: Text


class DeleteFrame(Consumed):
    type: Literal["delete"]
    id: ClientId
    conversation: ConversationId
    seq: Seq


class ReactFrame(Consumed):
    type: Literal["react"]
    id: ClientId
    conversation: ConversationId
    seq: Seq
    emoji: Emoji
    on: bool


class EndFrame(Consumed):
    """End an ephemeral chat, for both."""

    type: Literal["end"]
    id: ClientId
    conversation: ConversationId


class HistoryRequest(Consumed):
    type: Literal["history"]
    id: ClientId
    conversation: ConversationId
    before: Seq | None = None
    after: Number | None = None
    around: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_HISTORY)] = DEFAULT_HISTORY

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.before, self.after, self.around)) > 1:
            raise ValueError("at most one of before, after, around")
        return self


class Sync(Consumed):
    type: Literal["sync"]
    id: ClientId
    cursors: Cursors


class Refresh(Consumed):
    type: Literal["refresh"]
    id: ClientId | None = None
    token: str


class Typing(Consumed):
    """The user is typing in a conversation, or has stopped. Said again every few seconds while it goes on."""

    type: Literal["typing"]
    id: ClientId | None = None
    conversation: ConversationId
    on: bool


class Delivered(Consumed):
    """The user has everything up to this seq; beyond the head counts as the head."""

    type: Literal["delivered"]
    id: ClientId | None = None
    conversation: ConversationId
    seq: Seq


class Read(Consumed):
    """The user has read everything up to this seq, and so has it; beyond the head counts as the head."""

    type: Literal["read"]
    id: ClientId | None = None
    conversation: ConversationId
    seq: Seq


CommandFrame = SendMessageFrame | EditFrame | DeleteFrame | ReactFrame | EndFrame
"""What is answered by `accepted`, then `stored` or `rejected`."""

ClientFrame = Connect | CommandFrame | HistoryRequest | Sync | Refresh | Typing | Delivered | Read
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")], config=QUIET)


def frame_types(union: Any) -> frozenset[str]:
    """The `type` of every frame in a union of them."""
    return frozenset(get_args(frame.model_fields["type"].annotation)[0] for frame in get_args(union))


# What the server sends.


class Connected(Produced):
    type: Literal["connected"] = "connected"
    id: str | None = absent()
    session: SessionId
    user: UserView
    edge: str
    conversations: tuple[Summary, ...]
    more: bool
    online: tuple[UserId, ...] = ()
    resumed: bool
    """Whether the client came with cursors."""


class Accepted(Produced):
    """Kafka has the command durably: it will be stored or rejected, never lost."""

    type: Literal["accepted"] = "accepted"
    id: str
    at: Instant
    masked: bool | None = absent()
    """Words in it were masked: others, and the pushes that follow, have the masked text."""


class Stored(Produced):
    type: Literal["stored"] = "stored"
    id: str
    conversation: ConversationId
    seq: int
    rev: int


class Rejected(Produced):
    type: Literal["rejected"] = "rejected"
    id: str
    error: ErrorBody


class MessagePush(Message):
    type: Literal["message"] = "message"


class ConversationPush(Summary):
    """A conversation that appeared or changed, as the receiving member sees it."""

    type: Literal["conversation"] = "conversation"


class Receipt(Produced):
    """How far a member has come: each seq only ever grows, so a client keeps the greater of what it has and this."""

    type: Literal["receipt"] = "receipt"
    conversation: ConversationId
    user: UserId
    delivered: int
    read: int
    at: Instant


class Changes(Produced):
    """Every message whose latest change has a rev in (`from`, `to`], in rev order.

    With `more`, the client asks again by `sync` with a cursor at `to`.
    """

    type: Literal["changes"] = "changes"
    conversation: ConversationId
    epoch: str
    from_: int = Field(alias="from", serialization_alias="from")
    to: int
    messages: tuple[Message, ...]
    more: bool


class Reset(Produced):
    """Forget what you have of this conversation and read its history anew, from this rev on."""

    type: Literal["reset"] = "reset"
    conversation: ConversationId
    epoch: str
    rev: int


class Gone(Produced):
    type: Literal["gone"] = "gone"
    conversation: ConversationId
    reason: Literal["removed", "left", "deleted", "ended"]
    rev: int | None = absent()
    """Of the change that ended it, when it is told as it happens: who is back since then, has it still."""


class Ended(Produced):
    """An ephemeral chat is over, and nothing of it is left: `by` is the name of the one who ended it, or says why it
    ended by itself: `inactivity`, `expired`."""

    type: Literal["ended"] = "ended"
    conversation: ConversationId
    by: str


class Notice(Produced):
    """What one should know in an ephemeral chat. `inactivity_soon`: it ends `at` that time unless something is said."""

    type: Literal["notice"] = "notice"
    conversation: ConversationId
    code: Literal["inactivity_soon", "wrong_code_tried", "peer_joined", "peer_left"]
    at: Instant | None = absent()


class Synced(Produced):
    type: Literal["synced"] = "synced"
    id: str


class History(Produced):
    type: Literal["history"] = "history"
    id: str
    conversation: ConversationId
    messages: tuple[Message, ...]
    more: bool


class Refreshed(Produced):
    type: Literal["refreshed"] = "refreshed"
    id: str | None = absent()


class SignedOut(Produced):
    type: Literal["signed_out"] = "signed_out"


class TypingPush(Produced):
    """Another member is typing, or has stopped; without another word it is over after TYPING_SECONDS."""

    type: Literal["typing"] = "typing"
    conversation: ConversationId
    user: UserId
    on: bool


class UserStatus(Produced):
    """Somebody who shares a conversation came online or went offline; `last_online`: since when, or until when."""

    type: Literal["user_status"] = "user_status"
    user: UserId
    status: Literal["online", "offline"]
    last_online: Instant


class ErrorFrame(Produced):
    type: Literal["error"] = "error"
    id: str | None = absent()
    error: ErrorBody


ResumeAnswer = Changes | Reset | Gone
ServerFrame = (
    Connected
    | Accepted
    | Stored
    | Rejected
    | MessagePush
    | ConversationPush
    | Receipt
    | Changes
    | Reset
    | Gone
    | Ended
    | Notice
    | Synced
    | History
    | Refreshed
    | SignedOut
    | TypingPush
    | UserStatus
    | ErrorFrame
)
SERVER_FRAME: TypeAdapter[ServerFrame] = TypeAdapter(Annotated[ServerFrame, Field(discriminator="type")], config=QUIET)
