"""Bodies of the REST interface, version 1: what clients send to and get from `/api`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, model_validator

from schemas.base import Consumed, Produced, absent
from schemas.errors import ErrorCode
from schemas.frames import HEARTBEAT_SECONDS, MAX_MEDIA, MAX_MENTIONS, MediaId, Seq, Text
from schemas.ids import ConversationId, DeviceId, UserId
from schemas.messages import Message, Role, Summary, UserView
from schemas.receipts import MessageStatus
from schemas.times import Instant

MIN_PASSWORD = 8
MIN_GROUP_PASSWORD = 4
"""It is told to many, and guessed by few: tries are counted."""
MAX_PASSWORD = 128
MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_FOUNDING_MEMBERS = 200
MAX_MEDIA_ASKED = 100
FIRST_MESSAGES = 10
"""How many of its newest messages a direct conversation that exists is answered with."""

_ShortText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]

PushEndpoint = Annotated[str, StringConstraints(min_length=1, max_length=2048)]

_Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
_PhoneNumber = Annotated[str, StringConstraints(max_length=32, pattern=r"^\+?[0-9][0-9 ()./-]*$")]
ChatName = Annotated[str, StringConstraints(max_length=200)]
Password = Annotated[str, StringConstraints(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]

# What a client sends.


class Registration(Consumed):
    """A new account. Usernames are 1 to 64 letters, digits or `_ . @ + -`, unique without regard to case."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.@+-]+$")]
    password: Password
    name: _ShortText | None = None
    lastname: _ShortText | None = None
    email: _Email | None = None
    phone_number: _PhoneNumber | None = None


class ProfileChange(Consumed):
    """What to change of one's profile: null removes, what is left out stays."""

    name: _ShortText | None = None
    lastname: _ShortText | None = None
    email: _Email | None = None
    phone_number: _PhoneNumber | None = None


class PasswordChange(Consumed):
    old: Annotated[str, StringConstraints(max_length=1024)]
    new: Password


class Erasure(Consumed):
    password: Annotated[str, StringConstraints(max_length=1024)]


class Credentials(Consumed):
    username: Annotated[str, StringConstraints(max_length=256)]
    password: Annotated[str, StringConstraints(max_length=1024)]
    device: DeviceId | None = None


def _without_repetition(users: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(users))


class NewDirect(Consumed):
    """A conversation with one other person: there is at most one for any two people."""

    kind: Literal["direct"]
    with_: UserId = Field(alias="with")


GroupPassword = Annotated[str, StringConstraints(min_length=MIN_GROUP_PASSWORD, max_length=MAX_PASSWORD)]


class NewGroup(Consumed):
    """A group; its founder becomes its admin and need not be among the `members`."""

    kind: Literal["group"]
    name: _ShortText
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None
    members: Annotated[
        tuple[UserId, ...], Field(max_length=MAX_FOUNDING_MEMBERS), AfterValidator(_without_repetition)
    ] = ()
    password: GroupPassword | None = None


class ChangedGroup(Consumed):
    """What is given is changed; `null` takes a description or the password away."""

    name: _ShortText | None = None
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None
    password: GroupPassword | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a group has a name")
        return self


class Joining(Consumed):
    """The group's password."""

    password: Annotated[str, StringConstraints(max_length=1024)] | None = None


class NewChat(Consumed):
    """Two people to be seated in an ephemeral chat. Their names differ, without regard to case. It ends after
    `inactivity_seconds` in which nobody said anything; an hour where that is not given."""

    names: tuple[ChatName, ChatName]
    inactivity_seconds: Annotated[int, Field(ge=60, le=7 * 24 * 60 * 60)] | None = None


class Entering(Consumed):
    """The code of a seat, and the name of who sits there, if he is asked for it. A browser that has a seat in this chat
    already needs no code."""

    code: Annotated[str, StringConstraints(max_length=64)] | None = None
    name: Annotated[str, StringConstraints(max_length=200)] | None = None


class NewMember(Consumed):
    user: UserId


class NewRole(Consumed):
    role: Role


NewConversation = Annotated[NewDirect | NewGroup, Discriminator("kind")]


class NewMessage(Consumed):
    """A message to be sent; it needs text or media."""

    text: Text | None = None
    media: Annotated[tuple[MediaId, ...], Field(max_length=MAX_MEDIA)] = ()
    reply_to: Seq | None = None
    mentions: Annotated[tuple[UserId, ...], Field(max_length=MAX_MENTIONS)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and not self.media:
            raise ValueError("a message needs text or media")
        return self


class PushKeys(Consumed):
    """The keys of a browser's subscription, in base64url: its public key on P-256, and its secret of 16 bytes."""

    p256dh: Annotated[str, StringConstraints(max_length=100)]
    auth: Annotated[str, StringConstraints(max_length=32)]


class NewPushSubscription(Consumed):
    """A browser's `PushSubscription`, as its `toJSON()` has it. The endpoint is an https URL of a host's name."""

    endpoint: PushEndpoint
    keys: PushKeys


class NamedPushSubscription(Consumed):
    endpoint: PushEndpoint


class NewText(Consumed):
    """What a message is to say from now on."""

    text: Text


class Mute(Consumed):
    """Until a time to come, or for good."""

    until: Instant | None = None


# What the server answers.


class Profile(UserView):
    """A user. Address and number are shown to himself only."""

    email: str | None = absent()
    phone_number: str | None = absent()
    online: bool | None = absent()
    """Told of a single user that is asked for."""
    last_online: Instant | None = absent()
    """Since when he is online, or until when he was."""


class SignedIn(Produced):
    """`access_token` is a bearer token for `expires_in` seconds; the refresh token is in the cookie."""

    access_token: str
    expires_in: int
    user: Profile


class SignIn(Produced):
    """A device one is signed in on. `last_used_at`: when its tokens were last renewed; `current`: this very one."""

    id: str
    device: str | None
    created_at: Instant
    last_used_at: Instant
    current: bool


class SignIns(Produced):
    sessions: tuple[SignIn, ...]


class UserPage(Produced):
    """Users in the order of their names; `next` is the `cursor` of the page after this one."""

    users: tuple[Profile, ...]
    next: str | None


class WhereToConnect(Produced):
    """Where sockets can be opened, best first, and how often the server pings."""

    urls: tuple[str, ...]
    heartbeat_seconds: int = HEARTBEAT_SECONDS


class NewSeat(Produced):
    """What one of the two is to be given: the link in one way, the code in another. Neither can be had again."""

    name: str
    url: str
    code: str
    qr_svg: str
    """The link as an image, for a page."""
    qr_png: str
    """The same as a PNG, in base64."""


class StartedChat(Produced):
    """An ephemeral chat; it ends at `expires_at` at the latest."""

    chat: ConversationId
    expires_at: Instant
    seats: tuple[NewSeat, NewSeat]


class SeatView(Produced):
    """Whose seat a link leads to, and whether somebody has entered there before."""

    name: str
    state: Literal["new", "entered"]
    url: str | None = absent()
    """The link of the browser's own seat in this chat, when it has another than the one it asked for: the rest is about
    that one."""


class Entered(Produced):
    """Somebody's way into his ephemeral chat. The token opens sockets, and ends the chat. That ends by itself
    `inactivity_seconds` after the last word in it, and at `expires_at` at the latest."""

    access_token: str
    expires_in: int
    conversation: ConversationId
    user: UserView
    peer: UserView
    inactivity_seconds: int
    expires_at: Instant


class ConversationPage(Produced):
    """The caller's conversations, newest change first; `next` is the `cursor` of the page after this one."""

    conversations: tuple[Summary, ...]
    next: str | None


class OpenedConversation(Summary):
    """A conversation with its newest messages, ascending by seq; `more`: there are older ones."""

    messages: tuple[Message, ...] = ()
    more: bool = False


class MessagePage(Produced):
    """Messages ascending by seq, and whether there are more in the direction asked for."""

    conversation: ConversationId
    messages: tuple[Message, ...]
    more: bool


class PushKey(Produced):
    """The public key that browsers subscribe for (`applicationServerKey`), in base64url."""

    key: str


class PushSubscriptionMade(Produced):
    """`id` names the subscription; the same endpoint has the same id."""

    id: str


class PreviewView(Produced):
    """A thumbnail, to be laid out before it is there."""

    type: str
    size: int
    width: int | None
    height: int | None


class MediaView(Produced):
    """An uploaded file; `size` in bytes, `width` and `height` in pixels, for images."""

    id: str
    uploader: UserId
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    thumbnail: PreviewView | None
    created_at: Instant


class MediaList(Produced):
    """Those of the media asked for that the caller may see, in the order asked for."""

    media: tuple[MediaView, ...]


class RecipientReceipt(Produced):
    """What has become of a message at one recipient, and since when; a time is absent while it is not so."""

    user: UserId
    status: MessageStatus
    delivered_at: Instant | None = absent()
    read_at: Instant | None = absent()


class MessageReceipts(Produced):
    """What has become of a message at each of its recipients, in order of their ids."""

    message: str
    receipts: tuple[RecipientReceipt, ...]


class Hit(Produced):
    """A message that was found; `highlights` are where its text has what was looked for: [start, end) each, counted in
    characters (Unicode code points)."""

    message: Message
    highlights: tuple[tuple[int, int], ...]


class HitPage(Produced):
    """Found messages, newest first; `next` is the `cursor` of the page after this one. A page may hold fewer than were
    asked for and still have a `next`."""

    hits: tuple[Hit, ...]
    next: str | None


class Pending(Produced):
    """Accepted: it will be done or refused, never lost. Ask again with `client_id` as `Idempotency-Key`."""

    client_id: str
    conversation: ConversationId


class FieldError(Produced):
    """Which part of a request was not understood, and why."""

    field: str
    message: str


class Problem(Produced):
    """An error (RFC 9457), with the `code` and `retry` that errors have everywhere in Parley."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: ErrorCode
    retry: bool
    """Whether trying again, with the same `Idempotency-Key`, may help."""
    errors: tuple[FieldError, ...] | None = absent()
    tries_left: int | None = absent()
    """Of a wrong code: how many more tries there are before each has to wait, longer each time."""
