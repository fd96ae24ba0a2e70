"""The collections: the types their documents must have, and their indexes. Changed by migrations only."""

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, IndexModel

from schemas.preferences import Notifications
from store.mongo.documents import Document

_OUTCOME_DAYS = 37
"""At least 30 days, and the 7 for which a record may lie in `conversations` before it is decided."""

_LEDGER_DAYS = 9
"""Longer than `events` keeps what a replay could bring again (7 days)."""

_ENDED_LOGIN_DAYS = 2
"""Longer than any access token lives."""

_STRING = {"bsonType": "string"}
_OPTIONAL_STRING = {"bsonType": ["string", "null"]}
_DATE = {"bsonType": "date"}
_OPTIONAL_DATE = {"bsonType": ["date", "null"]}
_BOOL = {"bsonType": "bool"}
_COUNT = {"bsonType": ["int", "long"], "minimum": 0}
_BINARY = {"bsonType": "binData"}
_STRINGS = {"bsonType": "array", "items": _STRING}


def _one_of(*values: str | None) -> Document:
    return {"enum": list(values)}


def _object(required: Document, optional: Document | None = None) -> Document:
    """An object that has all of `required`, and where it has `optional` fields too, of these types."""
    return {"bsonType": "object", "required": list(required), "properties": required | (optional or {})}


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    name: str
    schema: Document
    indexes: tuple[IndexModel, ...] = ()

    @property
    def validator(self) -> Document:
        return {"$jsonSchema": self.schema}


def _index(*fields: str, **options: Any) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], **options)


_USERS = CollectionSpec(
    "users",
    _object(
        {
            "_id": _STRING,
            "username": _STRING,
            "folded": _STRING,
            "names": _STRINGS,
            "password_hash": _STRING,
            "created_at": _DATE,
        },
        {
            "name": _STRING,
            "lastname": _STRING,
            "email": _STRING,
            "phone_number": _STRING,
            "picture": _STRING,
            "topic": _object(
                {
                    "state": _one_of("absent", "active", "retiring", "gone"),
                    "generation": _COUNT,
                    "leased_until": _DATE,
                }
            ),
            "erased_at": _DATE,
            "erasing": _BOOL,
            "chat": _STRING,
            "preferences": {
                "bsonType": "object",
                "properties": {
                    "notifications": _one_of(*(choice.value for choice in Notifications)),
                    "email_digest": _BOOL,
                    "read_receipts": _BOOL,
                },
            },
            "presence": _object({"online": {"bsonType": "bool"}, "last_online": _OPTIONAL_DATE, "cause": _STRING}),
        },
    ),
    (
        _index("folded", unique=True),
        _index("names"),
        _index("picture", sparse=True),
        _index("erasing", sparse=True),
        _index("chat", sparse=True),
        _index("topic.state", "topic.leased_until"),
        # The few who are online, in the order in which they are listed.
        _index("presence.online", "folded", partialFilterExpression={"presence.online": True}),
    ),
)

_LOGINS = CollectionSpec(
    "logins",
    _object(
        {
            "_id": _STRING,
            "user": _STRING,
            "device": _OPTIONAL_STRING,
            "token_hash": _STRING,
            "previous": _OPTIONAL_STRING,
            "created_at": _DATE,
            "expires_at": _DATE,
        }
    ),
    (_index("expires_at", expireAfterSeconds=0), _index("user", "created_at")),
)

_ENDED_LOGINS = CollectionSpec(
    "ended_logins",
    _object({"_id": _STRING, "user": _STRING, "ended_at": _DATE}),
    (_index("ended_at", expireAfterSeconds=_ENDED_LOGIN_DAYS * 24 * 60 * 60),),
)

_REFRESH_TOKENS = CollectionSpec(
    "refresh_tokens",
    _object({"_id": _STRING, "login": _STRING, "expires_at": _DATE}),
    (_index("expires_at", expireAfterSeconds=0),),
)

_PUSH_SUBSCRIPTIONS = CollectionSpec(
    "push_subscriptions",
    _object(
        {
            "_id": _STRING,
            "user": _STRING,
            "login": _STRING,
            "endpoint": _STRING,
            "p256dh": _STRING,
            "auth": _STRING,
            "created_at": _DATE,
        }
    ),
    (_index("user", "created_at"), _index("login")),
)

_NOTIFICATION_LEDGER = CollectionSpec(
    "notification_ledger",
    _object(
        {
            "_id": _STRING,
            "conversation": _STRING,
            "seq": _COUNT,
            "user": _STRING,
            "channel": _one_of("push", "email"),
            "subscription": _STRING,
            "host": _STRING,
            "at": _DATE,
            "origin": _object({"partition": _COUNT, "offset": _COUNT}),
            "state": _one_of("waiting", "sending", "sent", "dropped", "failed"),
            "holder": _OPTIONAL_STRING,
            "attempts": _COUNT,
            "entered_at": _DATE,
        },
        # While somebody has to see to it.
        {"due_at": _DATE},
    ),
    (
        _index("channel", "due_at", "host", partialFilterExpression={"due_at": {"$exists": True}}),
        _index("user", "channel", "state", "at"),
        _index("entered_at", expireAfterSeconds=_LEDGER_DAYS * 24 * 60 * 60),
    ),
)

_DIGESTS = CollectionSpec(
    "digests",
    _object(
        {"_id": _STRING, "number": _COUNT, "scheduled": _COUNT, "attempts": _COUNT, "last_at": _OPTIONAL_DATE},
        {"due_at": _DATE},
    ),
    (_index("due_at", partialFilterExpression={"due_at": {"$exists": True}}),),
)

_ADDRESS: Document = {"session": _STRING, "edge_topic": _STRING}

_SESSIONS = CollectionSpec(
    "sessions",
    _object(
        {
            "_id": _STRING,
            **_ADDRESS,
            "user": _STRING,
            "device": _STRING,
            "login": _STRING,
            "incarnation": _STRING,
            "connected_at": _DATE,
            "replaced": {"bsonType": "array", "items": _object({"by": _STRING, **_ADDRESS})},
        }
    ),
    (
        _index("session"),
        # All that a writer asks for, so that the look-up after each batch reads the index alone.
        _index("user", "session", "edge_topic"),
        _index("incarnation"),
        _index("login"),
    ),
)

_EDGES = CollectionSpec(
    "edges",
    _object(
        {
            "_id": _STRING,
            "node": _STRING,
            "topic": _STRING,
            "url": _OPTIONAL_STRING,
            "lease": _COUNT,
            "ended_at": _OPTIONAL_DATE,
        }
    ),
)

_MESSAGE: Document = {
    "conversation": _STRING,
    "epoch": _STRING,
    "seq": _COUNT,
    "rev": _COUNT,
    "kind": _one_of("text", "system"),
    "sender": _STRING,
    "client_id": _STRING,
    "sent_at": _DATE,
}
_MESSAGE_OPTIONAL: Document = {
    "cause": _STRING,
    "event": _object(
        {"type": _one_of("joined", "added", "left", "removed", "role", "changed"), "by": _STRING},
        {"user": _STRING, "role": _STRING, "successor": _STRING, "fields": _STRINGS, "name": _STRING},
    ),
    "text": _STRING,
    "media": _STRINGS,
    "reply_to": _COUNT,
    "mentions": _STRINGS,
    "reactions": {"bsonType": "object", "additionalProperties": _STRINGS},
    "edited_at": _DATE,
    "deleted_at": _DATE,
}

_CONVERSATIONS = CollectionSpec(
    "conversations",
    _object(
        {
            "_id": _STRING,
            "kind": _one_of("direct", "group", "ephemeral"),
            "name": _OPTIONAL_STRING,
            "description": _OPTIONAL_STRING,
            "epoch": _STRING,
            "seq": _COUNT,
            "rev": _COUNT,
            "applied": _object({"generation": _COUNT, "offset": _COUNT}),
            "member_count": _COUNT,
            "last_message": {"oneOf": [{"bsonType": "null"}, _object(_MESSAGE, _MESSAGE_OPTIONAL)]},
            "created_at": _DATE,
            "updated_at": _DATE,
        },
        {
            "password": _OPTIONAL_STRING,
            "blocked_by": _STRINGS,
            "ended_at": _DATE,
            "ended_by": _STRING,
            "destroy_after": _DATE,
        },
    ),
    # Only those that have ended and are not destroyed yet are in it.
    (_index("destroy_after", sparse=True),),
)

_MEMBERS = CollectionSpec(
    "members",
    _object(
        {
            "_id": _STRING,
            "conversation": _STRING,
            "user": _STRING,
            "role": _one_of("admin", "member"),
            "joined_rev": _COUNT,
            "joined_at": _DATE,
            "left_rev": {"bsonType": ["int", "long", "null"]},
        },
        {
            "joined_by": _OPTIONAL_STRING,
            "left_at": _DATE,
            "left_by": _STRING,
            "left_how": _one_of("left", "removed", "deleted", "ended"),
        },
    ),
    (
        # In the order in which summaries name members: longest first.
        _index("conversation", "left_rev", "joined_rev", "user"),
        _index("user", "left_rev", "conversation", "joined_rev"),
    ),
)

_EPHEMERAL_CHATS = CollectionSpec(
    "ephemeral_chats",
    _object(
        {
            "_id": _STRING,
            "created_at": _DATE,
            "expires_at": _DATE,
            "inactivity_ms": _COUNT,
            "seats": {
                "bsonType": "array",
                "items": _object(
                    {
                        "user": _STRING,
                        "name": _STRING,
                        "token_hash": _STRING,
                        "salt": _BINARY,
                        "nonce": _BINARY,
                        "key": _BINARY,
                    },
                    {"claimed_at": _DATE},
                ),
            },
        }
    ),
    (_index("seats.token_hash", unique=True),),
)

_GROUP_PASSWORDS = CollectionSpec(
    "group_passwords",
    _object({"_id": _STRING, "conversation": _STRING, "version": _STRING, "hash": _STRING}, {"due_at": _DATE}),
    (_index("due_at"),),
)

_ATTEMPTS = CollectionSpec(
    "attempts",
    _object({"_id": _STRING, "tries": _COUNT, "locked_until": _DATE, "expires_at": _DATE}),
    (_index("expires_at", expireAfterSeconds=0),),
)

_MESSAGES = CollectionSpec(
    "messages",
    _object({"_id": _STRING, "key": _STRING, "made_rev": _COUNT, **_MESSAGE}, _MESSAGE_OPTIONAL),
    # Most messages carry no media, and cost that index nothing.
    (_index("key", unique=True), _index("conversation", "rev"), _index("media", sparse=True)),
)

_OUTCOMES = CollectionSpec(
    "outcomes",
    _object(
        {
            "_id": _STRING,
            "conversation": _STRING,
            "sender": _STRING,
            "client_id": _STRING,
            "seq": _COUNT,
            "rev": _COUNT,
            "addressees": _STRINGS,
            "at": _DATE,
            "error": _OPTIONAL_STRING,
        }
    ),
    (_index("at", expireAfterSeconds=_OUTCOME_DAYS * 24 * 60 * 60),),
)

_CONTENT = _object({"type": _STRING, "size": _COUNT, "digest": _STRING}, {"width": _COUNT, "height": _COUNT})

_MEDIA = CollectionSpec(
    "media",
    _object(
        {
            "_id": _STRING,
            "uploader": _STRING,
            "purpose": _one_of("message", "picture"),
            "name": _STRING,
            "created_at": _DATE,
            "state": _one_of("arriving", "ready", "leaving"),
            "due_at": _DATE,
            "claims": {"bsonType": "array", "items": _object({"key": _STRING, "at": _DATE})},
            "original": _CONTENT,
        },
        {"thumbnail": _CONTENT},
    ),
    (_index("due_at"),),
)

_MARKS = CollectionSpec(
    "marks",
    _object(
        {"_id": _STRING, "conversation": _STRING, "user": _STRING},
        {"muted_until": _DATE, "unread": {"bsonType": "bool"}},
    ),
    (_index("user"),),
)

# The words of messages, in a collection of their own: their index costs as much as storing the messages.
_MESSAGE_SEARCH = CollectionSpec(
    "message_search",
    _object(
        {
            "_id": _STRING,
            "conversation": _STRING,
            "sender": _STRING,
            "sent_at": _DATE,
            "rev": _COUNT,
            "words": _STRINGS,
        }
    ),
    (_index("conversation", "words"),),
)

# GridFS, as its specification lays it out; its indexes are those that a driver would make.
_MEDIA_FILES = CollectionSpec(
    "media.files",
    _object({"_id": _STRING, "filename": _STRING, "length": _COUNT, "chunkSize": _COUNT, "uploadDate": _DATE}),
    (_index("filename", "uploadDate"),),
)
_MEDIA_CHUNKS = CollectionSpec(
    "media.chunks",
    _object({"_id": {"bsonType": "objectId"}, "files_id": _STRING, "n": _COUNT, "data": {"bsonType": "binData"}}),
    (_index("files_id", "n", unique=True),),
)

_ROUTER_POSITIONS = CollectionSpec("router_positions", _object({"_id": _STRING, "next": _COUNT}))

_CURSORS = CollectionSpec(
    "cursors",
    _object({"_id": _STRING, "conversation": _STRING, "user": _STRING, "delivered": _COUNT, "read": _COUNT}),
)

_RECEIPTS = CollectionSpec(
    "receipts",
    _object(
        {
            "_id": _STRING,
            "conversation": _STRING,
            "user": _STRING,
            "kind": _one_of("delivered", "read"),
            "seq": _COUNT,
            "after": _COUNT,
            "at": _DATE,
        }
    ),
)

_RECEIPT_WATERMARKS = CollectionSpec("receipt_watermarks", _object({"_id": _COUNT, "until": _DATE}))

_DEADLINES = CollectionSpec(
    "deadlines",
    _object(
        {
            "_id": _STRING,
            "kind": _STRING,
            "at": _DATE,
            "payload": {"bsonType": "object", "additionalProperties": _STRING},
            "holder": _OPTIONAL_STRING,
            "held_until": _OPTIONAL_DATE,
        }
    ),
    (_index("kind", "at"),),
)

COLLECTIONS = (
    _USERS,
    _LOGINS,
    _ENDED_LOGINS,
    _REFRESH_TOKENS,
    _PUSH_SUBSCRIPTIONS,
    _NOTIFICATION_LEDGER,
    _DIGESTS,
    _SESSIONS,
    _EDGES,
    _CONVERSATIONS,
    _MEMBERS,
    _EPHEMERAL_CHATS,
    _GROUP_PASSWORDS,
    _ATTEMPTS,
    _MESSAGES,
    _OUTCOMES,
    _ROUTER_POSITIONS,
    _CURSORS,
    _RECEIPTS,
    _RECEIPT_WATERMARKS,
    _MARKS,
    _MESSAGE_SEARCH,
    _MEDIA,
    _MEDIA_FILES,
    _MEDIA_CHUNKS,
    _DEADLINES,
)
