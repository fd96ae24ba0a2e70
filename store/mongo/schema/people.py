"""Accounts, sign-ins, and tries at secrets."""

from schemas.preferences import Notifications
from store.mongo.schema.fields import (
    BOOL,
    COUNT,
    DATE,
    OPTIONAL_DATE,
    OPTIONAL_STRING,
    STRING,
    STRINGS,
    CollectionSpec,
    index,
    object_of,
    one_of,
)

_ENDED_LOGIN_DAYS = 2
"""Longer than any access token lives."""


_USERS = CollectionSpec(
    "users",
    object_of(
        {
            "_id": STRING,
            "username": STRING,
            "folded": STRING,
            "names": STRINGS,
            "password_hash": STRING,
            "created_at": DATE,
        },
        {
            "name": STRING,
            "lastname": STRING,
            "email": STRING,
            "phone_number": STRING,
            "picture": STRING,
            "topic": object_of(
                {
                    "state": one_of("absent", "active", "retiring", "gone"),
                    "generation": COUNT,
                    "leased_until": DATE,
                }
            ),
            "erased_at": DATE,
            "erasing": BOOL,
            "chat": STRING,
            "preferences": {
                "bsonType": "object",
                "properties": {
                    "notifications": one_of(*(choice.value for choice in Notifications)),
                    "email_digest": BOOL,
                    "read_receipts": BOOL,
                },
            },
            "presence": object_of({"online": {"bsonType": "bool"}, "last_online": OPTIONAL_DATE, "cause": STRING}),
        },
    ),
    (
        index("folded", unique=True),
        index("names"),
        index("picture", sparse=True),
        index("erasing", sparse=True),
        index("chat", sparse=True),
        index("topic.state", "topic.leased_until"),
        # The few who are online, in the order in which they are listed.
        index("presence.online", "folded", partialFilterExpression={"presence.online": True}),
    ),
)

_LOGINS = CollectionSpec(
    "logins",
    object_of(
        {
            "_id": STRING,
            "user": STRING,
            "device": OPTIONAL_STRING,
            "token_hash": STRING,
            "previous": OPTIONAL_STRING,
            "created_at": DATE,
            "expires_at": DATE,
        }
    ),
    (index("expires_at", expireAfterSeconds=0), index("user", "created_at")),
)

_ENDED_LOGINS = CollectionSpec(
    "ended_logins",
    object_of({"_id": STRING, "user": STRING, "ended_at": DATE}),
    (index("ended_at", expireAfterSeconds=_ENDED_LOGIN_DAYS * 24 * 60 * 60),),
)

_REFRESH_TOKENS = CollectionSpec(
    "refresh_tokens",
    object_of({"_id": STRING, "login": STRING, "expires_at": DATE}),
    (index("expires_at", expireAfterSeconds=0),),
)

_ATTEMPTS = CollectionSpec(
    "attempts",
    object_of({"_id": STRING, "tries": COUNT, "locked_until": DATE, "expires_at": DATE}),
    (index("expires_at", expireAfterSeconds=0),),
)

PEOPLE = (_USERS, _LOGINS, _ENDED_LOGINS, _REFRESH_TOKENS, _ATTEMPTS)
