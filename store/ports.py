"""The seams: what the rest of Parley may ask of MongoDB, role by role. `store.mongo` and `store.memory` answer.

Whatever is acknowledged was written with majority and journal. Every method raises StoreUnavailable when the store
does not answer in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Generic, Literal, NamedTuple, Protocol, TypeVar

from domain.conversation import Batch, Conversation, Made, Outcome
from domain.identity import User
from domain.media import Media, Variant
from domain.notifying import Claim, Digest, Notification, Settled
from domain.presence import Presence
from domain.push import PushSubscription
from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.frames import Cursor, ResumeAnswer
from schemas.messages import Message, Summary
from schemas.preferences import Preferences, PreferencesChange

T = TypeVar("T")

SUMMARY_MEMBERS = 50
"""The members a summary names: those who have been in longest."""
STATUS_MEMBERS = 500
"""In larger groups a summary does not say how far one's last message has come: that is asked for by itself."""
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""How what ends never is kept where a time is needed."""
ATTEMPTS_REMEMBERED = timedelta(days=1)
"""Tries at a secret count for so long after the last of them."""
MAX_UNREAD = 1000
"""Unread messages are counted among a conversation's so many newest changes: a count must not cost a scan of years."""


DELETED = "deleted"
"""What is shown in the place of an erased user's name."""
PROFILE = ("name", "lastname", "email", "phone_number")
"""What a user may change of himself."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next` continues it, None at its end."""

    items: tuple[T, ...]
    next: str | None = None


class Users(Protocol):
    """An account that was erased is found by nothing here; what conversations show of it is a member called DELETED."""

    async def create(self, user: User, password_hash: str) -> None:
        """Raises Taken when the username (folded) is another's. Instants are kept to the millisecond."""

    async def get(self, ids: Iterable[str]) -> Mapping[str, User]:
        """Those of them that exist."""

    async def credentials(self, username: str) -> tuple[User, str] | None:
        """The user of that name (folded) and his password hash."""

    async def replace_password_hash(self, user: str, old: str, new: str) -> bool:
        """Put `new` in the place of `old`. False: it is another by now, or there is no such user."""

    async def change_profile(self, user: str, change: Mapping[str, str | None]) -> User | None:
        """Set these of PROFILE, None removing one, and return all of it; what is not named stays. None when there is no
        such user. Raises Conflict when others went on changing the same names meanwhile."""

    async def erase(self, user: str, password_hash: str) -> bool:
        """In one step: take away all that is known of him (name, profile, picture, preferences, presence; his password
        and his topic for ever), free his username, and note that the rest has still to be erased. False: the hash is
        another by now, or there is no such user."""

    async def erasing(self, limit: int) -> Sequence[str]:
        """Users of whom, since `erase`, the rest has still to be erased."""

    async def erased(self, user: str) -> None:
        """The rest is erased too."""

    async def preferences(self, ids: Iterable[str]) -> Mapping[str, Preferences]:
        """What each of those that exist wants: the defaults where he said nothing."""

    async def change_preferences(self, user: str, change: PreferencesChange) -> Preferences | None:
        """All he wants afterwards; what the change leaves out stays. None when there is no such user."""

    async def set_picture(self, user: str, media: str | None) -> None:
        """Show this picture, or none; of a user who does not exist there is none to show."""

    async def list(self, query: str | None, cursor: str | None, limit: int) -> Page[User]:
        """Users in order of their folded usernames, or those of them whose folded username, name or lastname begins
        with `query` (folded too)."""

    async def active(self, cursor: str | None, limit: int) -> Page[User]:
        """Users who are online, in order of their folded usernames."""


@dataclass(frozen=True, slots=True)
class Login:
    """One sign-in on one device: the family of its refresh tokens, of which only the newest may be used."""

    id: str
    user: str
    device: str | None
    token_hash: str
    created_at: datetime
    expires_at: datetime


class Logins(Protocol):
    async def create(self, login: Login) -> None: ...

    async def rotate(self, old_hash: str, new_hash: str, now: datetime, expires_at: datetime) -> Login | None:
        """Exchange a refresh token for its successor. None when it is unknown, expired or revoked; a token that was
        exchanged before is a stolen one (RFC 9700 section 4.14.2): its whole family is revoked, and None returned.
        Repeating the latest exchange, with the same successor, answers it again."""

    async def revoke(self, token_hash: str) -> str | None:
        """End the login this token belongs to; returns the login's id, None for a token never known or expired."""

    async def of(self, user: str) -> Sequence[Login]:
        """His logins that have not ended or expired, newest first."""

    async def end(self, user: str, logins: Iterable[str]) -> frozenset[str]:
        """End those of them that are his, for ever; returns them, those that had ended before included."""

    async def ended(self, logins: Iterable[str]) -> frozenset[str]:
        """Those of them that were ended within the last two days, longer than any access token lives; read at majority:
        one ended before this call began is seen."""


class PushSubscriptions(Protocol):
    """Where browsers are reached while nobody looks at them."""

    async def add(self, subscription: PushSubscription, limit: int) -> None:
        """Keep it; the same id again takes the place of what was there, whosever that was. Of more than `limit` of one
        user the oldest go. Instants are kept to the millisecond."""

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[PushSubscription]]:
        """The subscriptions of each user who has any, oldest first."""

    async def remove(self, user: str, subscription: str) -> None:
        """Remove this one, if it is his; one that is not there is fine."""

    async def remove_logins(self, logins: Iterable[str]) -> None:
        """Remove what these sign-ins made: they are over."""

    async def remove_user(self, user: str) -> None:
        """Remove all of his."""


class NotificationLedger(Protocol):
    """Every notification, once: entered when it becomes due, claimed while it is being sent, kept for longer than its
    event. A claim that its holder does not settle is free again when its lease ends."""

    async def enter(self, notifications: Sequence[Notification], *, again: bool = False) -> None:
        """Make those due now that are not known. `again`: those too that had failed."""

    async def claim(
        self, holder: str, now: datetime, until: datetime, limit: int, except_hosts: Iterable[str] = ()
    ) -> Sequence[Claim]:
        """Take at most `limit` due pushes, the longest due first. `holder` is another at each call."""

    async def settle(self, notifications: Iterable[str], settled: Settled) -> None:
        """Say what became of these (ids); they are never due again. What was sent stays sent."""

    async def retry(self, claim: Claim, at: datetime) -> None:
        """Make it due again, unless its lease has ended and it is another's now."""

    async def mail(self, user: str, limit: int) -> Sequence[Notification]:
        """The oldest notifications that wait for his next e-mail."""

    async def remove_user(self, user: str) -> None:
        """Forget all of his."""


class Digests(Protocol):
    """When each user's next e-mail is due: a deadline that outlives any process."""

    async def schedule(self, users: Iterable[str], at: datetime, every: timedelta) -> None:
        """Have each get one at `at`, but not before `every` has passed since his last; an earlier deadline stays."""

    async def claim(self, now: datetime, until: datetime) -> Digest | None:
        """Take the one that has been due the longest; it is due again at `until` unless it is finished."""

    async def postpone(self, digest: Digest, at: datetime) -> None:
        """Have it due again at this time."""

    async def finish(self, digest: Digest, sent_at: datetime | None, again_at: datetime) -> None:
        """It is done: sent, or there was nothing to send (None). Who asked for one meanwhile gets it at `again_at`."""

    async def remove_user(self, user: str) -> None:
        """Forget his."""


class SessionAddress(NamedTuple):
    """Where a socket is reached: its edge's topic, and its name there."""

    session: str
    edge_topic: str


@dataclass(frozen=True, slots=True)
class Session:
    """One open socket."""

    id: str
    user: str
    device: str
    login: str
    edge_topic: str
    incarnation: str
    connected_at: datetime


class Sessions(Protocol):
    async def register(self, sessions: Sequence[Session], *, again: bool = False) -> Mapping[str, SessionAddress]:
        """Make sockets known. One (user, device) has one socket: returns, by the registered session's id, the socket
        that has to close for it, where there is one. Of two that come at once the later stays and names the earlier.

        `again` is for sockets that were known under an incarnation that has ended: where another socket has taken the
        place meanwhile, that one stays, and the session's own address is returned: it is the one that has to close.
        """

    async def remove(self, sessions: Iterable[str]) -> None:
        """Forget these sockets; one that was replaced is forgotten already, its successor stays."""

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[SessionAddress]]:
        """Every socket of each user who has any, read at majority: one registered before this call began is seen."""

    async def of_logins(self, logins: Iterable[str]) -> Sequence[SessionAddress]:
        """Every socket that was opened under one of these logins, read at majority."""

    async def remove_incarnations(self, incarnations: Iterable[str]) -> frozenset[str]:
        """Remove the sockets of dead edges; returns their users."""


@dataclass(frozen=True, slots=True)
class EdgeLife:
    """One life of an edge or api process. `url` is where clients open sockets, None for an api."""

    incarnation: str
    node: str
    topic: str
    url: str | None


class Edges(Protocol):
    async def begin(self, life: EdgeLife) -> None:
        """Make a life known, its lease counter at 0; repeating it changes nothing."""

    async def renew(self, incarnation: str) -> bool:
        """Count the lease up. False: it was ended meanwhile, a new incarnation is due."""

    async def leases(self) -> Mapping[str, int]:
        """Every incarnation that has not ended, with its lease counter."""

    async def urls(self) -> Sequence[str]:
        """Where sockets can be opened now."""

    async def end(self, incarnations: Iterable[str]) -> None:
        """These are over (their end is stamped with the store's clock); ending twice is fine."""

    async def ended(self, seconds_ago: float) -> Mapping[str, str]:
        """Incarnations over for at least so long, with their topics, until `forget`."""

    async def topics(self) -> frozenset[str]:
        """The topic of every incarnation that is not forgotten."""

    async def forget(self, incarnations: Iterable[str]) -> None:
        """Nothing is left of these."""


class UserTopics(Protocol):
    """The life of user topics, kept in the users' documents, changed by compare-and-set, on the store's clock."""

    async def open(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        """Make each user's topic active and leased; returns its generation. One that is absent, or retiring, gets the
        next generation. A user who does not exist, or whose topic is gone for ever, is left out."""

    async def renew(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        """Lease each active topic for at least so long from now; returns the generations of those that are."""

    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them whose topic is under a lease now."""

    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        """The generation of each active topic."""

    async def retire(self, idle_seconds: float, limit: int) -> None:
        """Have active topics be retiring whose leases ended at least so long ago, at most so many."""

    async def retiring(self, users: Iterable[str] | None, limit: int) -> Mapping[str, int]:
        """The generations of topics that are retiring: those of these users, or of anybody's some."""

    async def retired(self, generations: Mapping[str, int]) -> None:
        """These are absent now, those of them that are still retiring, in this generation."""


class RouterPositions(Protocol):
    """How far each user topic has been forwarded. Moved forward only: a former owner's progress is true progress."""

    async def load(self, topics: Iterable[str]) -> Mapping[str, int]:
        """The next offset of each that has one."""

    async def advance(self, positions: Mapping[str, int]) -> None:
        """Raise each to at least this next offset."""

    async def delete(self, topics: Iterable[str]) -> None:
        """Forget the positions of topics that are no more."""


class Decisions(Protocol):
    """What the writer reads and writes; reads are at majority and see every batch applied before they began."""

    async def load(self, conversations: Iterable[str]) -> Mapping[str, Conversation]:
        """Those of them that exist."""

    async def outcomes(self, keys: Iterable[str]) -> Mapping[str, Outcome | Made]:
        """By command key: the message a command made, or the outcome it had otherwise."""

    async def messages(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Message]:
        """By conversation and seq: those of them that exist."""

    async def apply(self, batch: Batch) -> None:
        """Store all of it in one transaction, each change on condition of its `before`, each outcome and each new
        message on condition that its command has none yet.

        Raises Conflict (nothing was written), Refused (nothing was written, and trying again cannot help) or
        StoreUnavailable (unknown: `applied` and the outcomes of a fresh `load` tell).
        """


Membership = Literal["member", "former", "ended"]


class Conversations(Protocol):
    """What clients read. A user sees his own conversations only."""

    async def membership(self, conversation: str, user: str) -> Membership | None:
        """Whether he is a member, was one once, or was one when it ended. None for strangers, for whom it does not
        exist."""

    async def summary(self, user: str, conversation: str) -> Summary | None:
        """None when it does not exist or is not his; nor, as long as nothing was said there, when the other one of the
        two has blocked him."""

    async def summaries(self, user: str, limit: int, before: str | None = None) -> Page[Summary]:
        """Newest change first; `before` is an earlier page's `next`. Unread messages are counted among the MAX_UNREAD
        newest changes of each. Raises ValueError when `before` is nothing that a page gave."""

    async def resume(self, user: str, cursors: Mapping[str, Cursor], limit: int) -> Sequence[ResumeAnswer]:
        """One answer for each cursor that is behind, none for one that is up to date; at most `limit` changes each.
        A former member's conversation is gone by the way he came out of it (`left`, `removed`, `deleted`), what he
        never was in (or is not there) as `deleted`. Nothing is shown that came after the end of his membership."""

    async def history(
        self, conversation: str, *, before: int | None, after: int | None, around: int | None, limit: int
    ) -> tuple[tuple[Message, ...], bool]:
        """At most `limit` messages ascending by seq, and whether there are more in that direction: the newest, or those
        next before or after a seq, or those `around` one (it included, about half of them older; more on either side).
        """

    async def blocking(self, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of the pairs of users in which the first one blocks the second."""

    async def heads(self, conversations: Iterable[str]) -> Mapping[str, int]:
        """The seq of the newest message of each that exists, read at majority."""

    async def message(self, conversation: str, seq: int) -> Message | None:
        """The message of that seq."""

    async def message_by_client_id(self, conversation: str, sender: str, client_id: str) -> Message | None:
        """The message that this command made."""


class GroupPassword(NamedTuple):
    version: str
    hash: str


class GroupPasswords(Protocol):
    """The hashes of the passwords by which groups can be joined. Which one is in force, the conversation says."""

    async def put(self, conversation: str, password: GroupPassword) -> None:
        """Keep one, for when it comes into force; those that never did or are no more are forgotten by and by."""

    async def current(self, conversation: str) -> GroupPassword | None:
        """The one that is in force. None for a group without one, and for what does not exist."""


class Attempts(Protocol):
    """Tries at secrets, counted before each is judged, so that many at once are as many."""

    async def begin(self, subject: str, free: int, longest_seconds: float) -> float:
        """Count a try. Returns 0.0, or for how many seconds there may be none; it is not counted then. After `free`
        tries without a success each locks the subject out: for a second, then twice as long each time, up to the
        longest. A day without a try forgets them."""

    async def succeed(self, subject: str) -> None:
        """Forget the tries."""


class Endings(Protocol):
    """What is left of conversations that have ended, to be destroyed; a tombstone stays."""

    async def due(self, ended_before: datetime, limit: int) -> Sequence[str]:
        """Conversations that ended before this instant and are not destroyed."""

    async def destroy(self, conversation: str) -> None:
        """Remove its messages, outcomes, members, cursors, receipts and passwords; doing it again is fine."""


class Stretch(NamedTuple):
    """The seqs above `after` and up to `to`."""

    after: int
    to: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What has become of one message at one of its recipients; None: not yet."""

    user: str
    delivered_at: datetime | None = None
    read_at: datetime | None = None


class Receipts(Protocol):
    """How far members have come, and since when. Whatever is repeated changes nothing; nothing ever goes back."""

    async def cursors(self, readers: Iterable[Reader]) -> Mapping[Reader, MemberCursor]:
        """Those of them that have one, read at majority."""

    async def rows(self, keys: Iterable[RowKey]) -> Mapping[RowKey, ReceiptRow]:
        """Those of them that are there."""

    async def advance(self, rows: Iterable[ReceiptRow], cursors: Mapping[Reader, MemberCursor]) -> None:
        """First insert the rows that are not there yet, then raise the cursors to at least these. On a failure some of
        it may be done, but no cursor is ever above its rows."""

    async def senders(self, stretches: Mapping[str, Stretch]) -> Mapping[str, Mapping[int, str]]:
        """By conversation: who sent each message of its stretch, by seq."""

    async def members(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        """Those of them who are members now."""

    async def of_message(self, conversation: str, seq: int) -> Sequence[Receipt]:
        """What has become of a message at each of its recipients: the members who had joined when it was sent, without
        its sender, in order of their ids. Empty when there is no such message."""

    async def delete(self, conversations: Iterable[str]) -> None:
        """Forget every cursor and every row of conversations that are no more."""


class ReceiptWatermarks(Protocol):
    """Until when, per partition of `receipts`, everything that Kafka had taken is in `Receipts`. Only ever grows."""

    async def load(self) -> Mapping[int, datetime]:
        """Partition → its watermark; one that has none yet is left out."""

    async def advance(self, watermarks: Mapping[int, datetime]) -> None:
        """Raise each to at least this instant."""


MAX_AUDIENCE = 500
"""In a larger conversation nobody is told who is online: one socket more would be news for thousands."""
MAX_CONTACTS = 5_000


class Contacts(Protocol):
    """Who is told of whom, beside what is said in their conversations."""

    async def of(self, users: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """For each who has any, the others with whom he shares a conversation of at most MAX_AUDIENCE members; of more
        than MAX_CONTACTS so many, always the same."""

    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The members of each conversation that exists."""


class MediaFiles(Protocol):
    """Uploads and their contents. What a message that is not deleted carries, or a user shows as his picture, is
    referenced: messages and users are the truth about that, nothing is counted. The rest goes after a while."""

    async def keep(self, media: Media, contents: Mapping[Variant, BinaryIO]) -> None:
        """Store an upload with the contents that it names, each from where its file stands. Nobody sees it before
        all of it is there. Raises StoreUnavailable also when that took longer than KEEP_UNFINISHED."""

    async def visible(self, user: str, ids: Iterable[str]) -> Mapping[str, Media]:
        """Those of them that this user may see: his own, pictures, and what messages carry in conversations of which
        he is a member. Deleted messages carry nothing."""

    async def claim(self, user: str, ids: Iterable[str], key: str, now: datetime) -> frozenset[str]:
        """Say that the command of this key is about to carry these. They stay at least until it has its outcome, or
        KEEP_CLAIMED is over. Returns those that he cannot send: not there, a picture, or not visible to him; then
        none was claimed. Repeating it changes nothing."""

    async def read(self, media: str, variant: Variant, start: int, limit: int) -> bytes:
        """At most `limit` bytes of a content from `start` on; nothing at its end, or when it is there no more."""

    async def sweep(self, now: datetime, limit: int) -> int:
        """Look at no more than `limit` media that are due, and remove those among them that nothing refers to and no
        command on its way claims, and what was never finished. Returns how many it looked at. Any number of sweeps may
        run at once, or end anywhere: the next goes on."""


class PresenceChange(NamedTuple):
    """What is told of a user from now on, provided that it still was `before`."""

    before: Presence
    after: Presence


class Presences(Protocol):
    """What is told of users: kept in their documents, read at majority."""

    async def load(self, users: Iterable[str]) -> Mapping[str, Presence]:
        """Of those users who exist."""

    async def change(self, changes: Mapping[str, PresenceChange]) -> frozenset[str]:
        """Returns the users of whom it was not as `before`: nothing has changed for them. Instants are kept to the
        millisecond."""

    async def online(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them who are online."""

    async def doubtful(self) -> frozenset[str]:
        """Users who are online without a socket, or have one and are not; perhaps only for this moment."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something to be done at a time, kept whatever happens to whoever has to do it."""

    id: str
    kind: str
    at: datetime
    payload: Mapping[str, str]


class Deadlines(Protocol):
    """Durable timers, on the store's clock. Each fires at least once: whoever handles it may die before he says so."""

    async def set(self, deadlines: Sequence[Deadline]) -> None:
        """Keep these. One that was set before under the same id is replaced by a later one, and left by an earlier."""

    async def claim(self, kind: str, holder: str, lease_seconds: float, limit: int) -> Sequence[Deadline]:
        """Take in hand some of those whose time has come, the earliest first; until the lease is over nobody else gets
        them. `holder` names this claim, and never another."""

    async def done(self, holder: str, ids: Iterable[str]) -> None:
        """Those of this claim are over, but for any that was set anew meanwhile."""

    async def overdue_seconds(self, kind: str) -> float:
        """How long the earliest has been due; 0 when none is."""


class Marks(Protocol):
    """What members note of conversations for themselves. It stands beside the members, so that it never conflicts with
    the writer; of somebody who is no member it means nothing. Times are compared with the store's clock."""

    async def mute(self, reader: Reader, until: datetime | None) -> None:
        """Until that time, or, with None, for good."""

    async def unmute(self, reader: Reader) -> None: ...

    async def mark_unread(self, reader: Reader, *, unread: bool) -> None:
        """Have the conversation shown as unread, whatever was read of it, or no longer."""

    async def muted(self, readers: Iterable[Reader]) -> frozenset[Reader]:
        """Those of them who do not want to be told of the conversation now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: every one of these words (folded), each as the beginning of a word."""

    terms: Sequence[str]
    conversation: str | None = None
    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Sent before it."""


class Search(Protocol):
    """An index of the words in messages, filled after them. It only says where to look: what is shown is read from the
    messages, so that an edit, a deletion or a removal counts at once, however far the index is behind."""

    async def index(self, messages: Iterable[Message], conversations: Iterable[str]) -> None:
        """Take these messages in, unless a later state of them was taken in before. A deleted one loses its words. Of
        those `conversations` that do not exist everything is forgotten; nothing is taken in of them, nor of ephemeral
        ones. Repeating it changes nothing."""

    async def find(self, user: str, wanted: Wanted, limit: int, before: str | None = None) -> Page[Message]:
        """Text messages of the user's own conversations that have all the words, newest first; `before` is an earlier
        page's `next`. A page may hold fewer than `limit` and still not be the last. Raises ValueError when `before` is
        nothing that a page gave."""


class Store(Protocol):
    """One process's access to the store."""

    @property
    def users(self) -> Users: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def push_subscriptions(self) -> PushSubscriptions: ...
    @property
    def notification_ledger(self) -> NotificationLedger: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def edges(self) -> Edges: ...
    @property
    def user_topics(self) -> UserTopics: ...
    @property
    def router_positions(self) -> RouterPositions: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def group_passwords(self) -> GroupPasswords: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def endings(self) -> Endings: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def receipt_watermarks(self) -> ReceiptWatermarks: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def media(self) -> MediaFiles: ...
    @property
    def presences(self) -> Presences: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def search(self) -> Search: ...
    @property
    def marks(self) -> Marks: ...

    async def close(self) -> None:
        """Let go of every connection; nothing may be asked afterwards."""
