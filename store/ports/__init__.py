"""The seams: what the rest of Parley may ask of MongoDB, role by role. `store.mongo` and `store.memory` answer.

Whatever is acknowledged was written with majority and journal. Every method raises StoreUnavailable when the store
does not answer in time.
"""

from store.ports.chats import Chats
from store.ports.conversations import (
    MAX_UNREAD,
    STATUS_MEMBERS,
    SUMMARY_MEMBERS,
    Belonging,
    Conversations,
    Decisions,
    Membership,
)
from store.ports.deadlines import Deadline, Deadlines
from store.ports.groups import (
    ATTEMPTS_REMEMBERED,
    PASSWORDS_KEPT,
    Attempts,
    Endings,
    GroupPassword,
    GroupPasswords,
)
from store.ports.marks import FOREVER, Marks
from store.ports.media import MediaFiles
from store.ports.notifications import Digests, NotificationLedger, PushSubscriptions
from store.ports.paging import Page
from store.ports.people import DELETED, PROFILE, Login, Logins, Users
from store.ports.presence import MAX_AUDIENCE, MAX_CONTACTS, Contacts, PresenceChange, Presences
from store.ports.receipts import Receipt, Receipts, ReceiptWatermarks, Stretch
from store.ports.searching import Search, Wanted
from store.ports.sockets import EdgeLife, Edges, Session, SessionAddress, Sessions
from store.ports.store import Store
from store.ports.topics import RouterPositions, UserTopics

__all__ = [
    "ATTEMPTS_REMEMBERED",
    "DELETED",
    "FOREVER",
    "MAX_AUDIENCE",
    "MAX_CONTACTS",
    "MAX_UNREAD",
    "PASSWORDS_KEPT",
    "PROFILE",
    "STATUS_MEMBERS",
    "SUMMARY_MEMBERS",
    "Attempts",
    "Belonging",
    "Chats",
    "Contacts",
    "Conversations",
    "Deadline",
    "Deadlines",
    "Decisions",
    "Digests",
    "EdgeLife",
    "Edges",
    "Endings",
    "GroupPassword",
    "GroupPasswords",
    "Login",
    "Logins",
    "Marks",
    "MediaFiles",
    "Membership",
    "NotificationLedger",
    "Page",
    "PresenceChange",
    "Presences",
    "PushSubscriptions",
    "Receipt",
    "ReceiptWatermarks",
    "Receipts",
    "RouterPositions",
    "Search",
    "Session",
    "SessionAddress",
    "Sessions",
    "Store",
    "Stretch",
    "UserTopics",
    "Users",
    "Wanted",
]
