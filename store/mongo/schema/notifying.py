"""Whom notifications reach, and what became of each."""

from store.mongo.schema.fields import (
    COUNT,
    DATE,
    OPTIONAL_DATE,
    OPTIONAL_STRING,
    STRING,
    CollectionSpec,
    index,
    object_of,
    one_of,
)

_LEDGER_DAYS = 9
"""Longer than `events` keeps what a replay could bring again (7 days)."""


_PUSH_SUBSCRIPTIONS = CollectionSpec(
    "push_subscriptions",
    object_of(
        {
            "_id": STRING,
            "user": STRING,
            "login": STRING,
            "endpoint": STRING,
            "p256dh": STRING,
            "auth": STRING,
            "created_at": DATE,
        }
    ),
    (index("user", "created_at"), index("login")),
)

_NOTIFICATION_LEDGER = CollectionSpec(
    "notification_ledger",
    object_of(
        {
            "_id": STRING,
            "conversation": STRING,
            "seq": COUNT,
            "user": STRING,
            "channel": one_of("push", "email"),
            "subscription": STRING,
            "host": STRING,
            "at": DATE,
            "origin": object_of({"partition": COUNT, "offset": COUNT}),
            "state": one_of("waiting", "sending", "sent", "dropped", "failed"),
            "holder": OPTIONAL_STRING,
            "attempts": COUNT,
            "entered_at": DATE,
        },
        # While somebody has to see to it.
        {"due_at": DATE},
    ),
    (
        index("channel", "due_at", "host", partialFilterExpression={"due_at": {"$exists": True}}),
        index("user", "channel", "state", "at"),
        index("entered_at", expireAfterSeconds=_LEDGER_DAYS * 24 * 60 * 60),
    ),
)

_DIGESTS = CollectionSpec(
    "digests",
    object_of(
        {"_id": STRING, "number": COUNT, "scheduled": COUNT, "attempts": COUNT, "last_at": OPTIONAL_DATE},
        {"due_at": DATE},
    ),
    (index("due_at", partialFilterExpression={"due_at": {"$exists": True}}),),
)

NOTIFYING = (_PUSH_SUBSCRIPTIONS, _NOTIFICATION_LEDGER, _DIGESTS)
