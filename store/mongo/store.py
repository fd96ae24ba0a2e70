"""One process's access to MongoDB."""

import asyncio

import pymongo

from store.mongo.chats import MongoChats
from store.mongo.client import TIMEOUT_SECONDS, MotorClient, connect
from store.mongo.contacts import MongoContacts
from store.mongo.conversations import MongoConversations
from store.mongo.deadlines import MongoDeadlines
from store.mongo.decisions import MongoDecisions
from store.mongo.digests import MongoDigests
from store.mongo.edges import MongoEdges
from store.mongo.failures import guarded
from store.mongo.groups import MongoAttempts, MongoEndings, MongoGroupPasswords
from store.mongo.logins import MongoLogins
from store.mongo.marks import MongoMarks
from store.mongo.media import MongoMedia
from store.mongo.migrations import Migrations
from store.mongo.notification_ledger import MongoNotificationLedger
from store.mongo.presences import MongoPresences
from store.mongo.push_subscriptions import MongoPushSubscriptions
from store.mongo.receipts import MongoReceipts, MongoReceiptWatermarks
from store.mongo.router_positions import MongoRouterPositions
from store.mongo.search import MongoSearch
from store.mongo.sessions import MongoSessions
from store.mongo.user_topics import MongoUserTopics
from store.mongo.users import MongoUsers

_LEAVE_SECONDS = 1.0


class MongoStore:
    """The Store on a replica set."""

    def __init__(self, client: MotorClient, database: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._client = client
        here = client[database]
        self.users = MongoUsers(here)
        self.logins = MongoLogins(here)
        self.push_subscriptions = MongoPushSubscriptions(here)
        self.notification_ledger = MongoNotificationLedger(here)
        self.digests = MongoDigests(here)
        self.sessions = MongoSessions(here)
        self.edges = MongoEdges(here)
        self.user_topics = MongoUserTopics(here)
        self.router_positions = MongoRouterPositions(here)
        self.decisions = MongoDecisions(here, timeout_seconds)
        self.conversations = MongoConversations(here)
        self.chats = MongoChats(here)
        self.group_passwords = MongoGroupPasswords(here)
        self.attempts = MongoAttempts(here)
        self.endings = MongoEndings(here)
        self.receipts = MongoReceipts(here)
        self.receipt_watermarks = MongoReceiptWatermarks(here)
        self.contacts = MongoContacts(here)
        self.media = MongoMedia(here)
        self.presences = MongoPresences(here)
        self.deadlines = MongoDeadlines(here)
        self.search = MongoSearch(here)
        self.marks = MongoMarks(here)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        # The driver takes leave of the server, and would wait for one that is away.
        with pymongo.timeout(_LEAVE_SECONDS):
            self._client.close()


@guarded
async def open_store(url: str, database: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> MongoStore:
    """Connect, and bring the database up to date. Raises StoreUnavailable when either takes too long."""
    client = connect(url, timeout_seconds)
    store = MongoStore(client, database, timeout_seconds)
    try:
        await Migrations(client[database]).run()
    except BaseException:
        await store.close()
        raise
    return store
