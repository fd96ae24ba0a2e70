"""Conversations and what is said in them, as the writer stores it; chats and passwords beside them."""

from store.mongo.documents import Document
from store.mongo.schema.fields import (
    BINARY,
    COUNT,
    DATE,
    OPTIONAL_STRING,
    STRING,
    STRINGS,
    CollectionSpec,
    index,
    object_of,
    one_of,
)

_OUTCOME_DAYS = 37
"""At least 30 days, and the 7 for which a record may lie in `conversations` before it is decided."""


_MESSAGE: Document = {
    "conversation": STRING,
    "epoch": STRING,
    "seq": COUNT,
    "rev": COUNT,
    "kind": one_of("text", "system"),
    "sender": STRING,
    "client_id": STRING,
    "sent_at": DATE,
}

_MESSAGE_OPTIONAL: Document = {
    "cause": STRING,
    "event": object_of(
        {"type": one_of("joined", "added", "left", "removed", "role", "changed"), "by": STRING},
        {"user": STRING, "role": STRING, "successor": STRING, "fields": STRINGS, "name": STRING},
    ),
    "text": STRING,
    "media": STRINGS,
    "reply_to": COUNT,
    "mentions": STRINGS,
    "reactions": {"bsonType": "object", "additionalProperties": STRINGS},
    "edited_at": DATE,
    "deleted_at": DATE,
}

_CONVERSATIONS = CollectionSpec(
    "conversations",
    object_of(
        {
            "_id": STRING,
            "kind": one_of("direct", "group", "ephemeral"),
            "name": OPTIONAL_STRING,
            "description": OPTIONAL_STRING,
            "epoch": STRING,
            "seq": COUNT,
            "rev": COUNT,
            "applied": object_of({"generation": COUNT, "offset": COUNT}),
            "member_count": COUNT,
            "last_message": {"oneOf": [{"bsonType": "null"}, object_of(_MESSAGE, _MESSAGE_OPTIONAL)]},
            "created_at": DATE,
            "updated_at": DATE,
        },
        {
            "password": OPTIONAL_STRING,
            "blocked_by": STRINGS,
            "ended_at": DATE,
            "ended_by": STRING,
            "destroy_after": DATE,
        },
    ),
    # Only those that have ended and are not destroyed yet are in it.
    (index("destroy_after", sparse=True),),
)

_MEMBERS = CollectionSpec(
    "members",
    object_of(
        {
            "_id": STRING,
            "conversation": STRING,
            "user": STRING,
            "role": one_of("admin", "member"),
            "joined_rev": COUNT,
            "joined_at": DATE,
            "left_rev": {"bsonType": ["int", "long", "null"]},
        },
        {
            "joined_by": OPTIONAL_STRING,
            "left_at": DATE,
            "left_by": STRING,
            "left_how": one_of("left", "removed", "deleted", "ended"),
        },
    ),
    (
        # In the order in which summaries name members: longest first.
        index("conversation", "left_rev", "joined_rev", "user"),
        index("user", "left_rev", "conversation", "joined_rev"),
    ),
)

_EPHEMERAL_CHATS = CollectionSpec(
    "ephemeral_chats",
    object_of(
        {
            "_id": STRING,
            "created_at": DATE,
            "expires_at": DATE,
            "inactivity_ms": COUNT,
            "seats": {
                "bsonType": "array",
                "items": object_of(
                    {
                        "user": STRING,
                        "name": STRING,
                        "token_hash": STRING,
                        "salt": BINARY,
                        "nonce": BINARY,
                        "key": BINARY,
                    },
                    {"claimed_at": DATE},
                ),
            },
        }
    ),
    (index("seats.token_hash", unique=True),),
)

_GROUP_PASSWORDS = CollectionSpec(
    "group_passwords",
    object_of({"_id": STRING, "conversation": STRING, "version": STRING, "hash": STRING}, {"due_at": DATE}),
    (index("due_at"),),
)

_MESSAGES = CollectionSpec(
    "messages",
    object_of({"_id": STRING, "key": STRING, "made_rev": COUNT, **_MESSAGE}, _MESSAGE_OPTIONAL),
    # Most messages carry no media, and cost that index nothing.
    (index("key", unique=True), index("conversation", "rev"), index("media", sparse=True)),
)

_OUTCOMES = CollectionSpec(
    "outcomes",
    object_of(
        {
            "_id": STRING,
            "conversation": STRING,
            "sender": STRING,
            "client_id": STRING,
            "seq": COUNT,
            "rev": COUNT,
            "addressees": STRINGS,
            "at": DATE,
            "error": OPTIONAL_STRING,
        }
    ),
    (index("at", expireAfterSeconds=_OUTCOME_DAYS * 24 * 60 * 60),),
)

CONVERSATIONS = (_CONVERSATIONS, _MEMBERS, _EPHEMERAL_CHATS, _GROUP_PASSWORDS, _MESSAGES, _OUTCOMES)
