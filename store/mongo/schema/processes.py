"""What processes keep of themselves: sockets, leases, positions, timers."""

from store.mongo.documents import Document
from store.mongo.schema.fields import (
    COUNT,
    DATE,
    OPTIONAL_DATE,
    OPTIONAL_STRING,
    STRING,
    CollectionSpec,
    index,
    object_of,
)

_ADDRESS: Document = {"session": STRING, "edge_topic": STRING}

_SESSIONS = CollectionSpec(
    "sessions",
    object_of(
        {
            "_id": STRING,
            **_ADDRESS,
            "user": STRING,
            "device": STRING,
            "login": STRING,
            "incarnation": STRING,
            "connected_at": DATE,
            "replaced": {"bsonType": "array", "items": object_of({"by": STRING, **_ADDRESS})},
        }
    ),
    (
        index("session"),
        # All that a writer asks for, so that the look-up after each batch reads the index alone.
        index("user", "session", "edge_topic"),
        index("incarnation"),
        index("login"),
    ),
)

_EDGES = CollectionSpec(
    "edges",
    object_of(
        {
            "_id": STRING,
            "node": STRING,
            "topic": STRING,
            "url": OPTIONAL_STRING,
            "lease": COUNT,
            "ended_at": OPTIONAL_DATE,
        }
    ),
)

_ROUTER_POSITIONS = CollectionSpec("router_positions", object_of({"_id": STRING, "next": COUNT}))

_RECEIPT_WATERMARKS = CollectionSpec("receipt_watermarks", object_of({"_id": COUNT, "until": DATE}))

_DEADLINES = CollectionSpec(
    "deadlines",
    object_of(
        {
            "_id": STRING,
            "kind": STRING,
            "at": DATE,
            "payload": {"bsonType": "object", "additionalProperties": STRING},
            "holder": OPTIONAL_STRING,
            "held_until": OPTIONAL_DATE,
        }
    ),
    (index("kind", "at"),),
)

PROCESSES = (_SESSIONS, _EDGES, _ROUTER_POSITIONS, _RECEIPT_WATERMARKS, _DEADLINES)
