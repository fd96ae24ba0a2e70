"""What members have got, read, noted and may search, beside the conversations."""

from store.mongo.schema.fields import COUNT, DATE, STRING, STRINGS, CollectionSpec, index, object_of, one_of

_CURSORS = CollectionSpec(
    "cursors",
    object_of({"_id": STRING, "conversation": STRING, "user": STRING, "delivered": COUNT, "read": COUNT}),
)

_RECEIPTS = CollectionSpec(
    "receipts",
    object_of(
        {
            "_id": STRING,
            "conversation": STRING,
            "user": STRING,
            "kind": one_of("delivered", "read"),
            "seq": COUNT,
            "after": COUNT,
            "at": DATE,
        }
    ),
)

_MARKS = CollectionSpec(
    "marks",
    object_of(
        {"_id": STRING, "conversation": STRING, "user": STRING},
        {"muted_until": DATE, "unread": {"bsonType": "bool"}},
    ),
    (index("user"),),
)

# The words of messages, in a collection of their own: their index costs as much as storing the messages.
_MESSAGE_SEARCH = CollectionSpec(
    "message_search",
    object_of(
        {
            "_id": STRING,
            "conversation": STRING,
            "sender": STRING,
            "sent_at": DATE,
            "rev": COUNT,
            "words": STRINGS,
        }
    ),
    (index("conversation", "words"),),
)

READING = (_CURSORS, _RECEIPTS, _MARKS, _MESSAGE_SEARCH)
