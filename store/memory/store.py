"""One simulated process's access to the shared database."""

from store.memory.chats import MemoryChats
from store.memory.checkpoint import Checkpoint, Wire, pass_through
from store.memory.contacts import MemoryContacts
from store.memory.conversations import MemoryConversations
from store.memory.database import MemoryDatabase
from store.memory.deadlines import MemoryDeadlines
from store.memory.decisions import MemoryDecisions
from store.memory.digests import MemoryDigests
from store.memory.edges import MemoryEdges
from store.memory.groups import MemoryAttempts, MemoryEndings, MemoryGroupPasswords
from store.memory.logins import MemoryLogins
from store.memory.marks import MemoryMarks
from store.memory.media import MemoryMedia
from store.memory.notification_ledger import MemoryNotificationLedger
from store.memory.presences import MemoryPresences
from store.memory.push_subscriptions import MemoryPushSubscriptions
from store.memory.receipts import MemoryReceipts, MemoryReceiptWatermarks
from store.memory.router_positions import MemoryRouterPositions
from store.memory.search import MemorySearch
from store.memory.sessions import MemorySessions
from store.memory.user_topics import MemoryUserTopics
from store.memory.users import MemoryUsers


class MemoryStore:
    """The Store of one process. Each operation passes its own checkpoint; the database outlives the process."""

    def __init__(self, database: MemoryDatabase, checkpoint: Checkpoint = pass_through) -> None:
        wire = Wire(checkpoint)
        self.users = MemoryUsers(database, wire)
        self.logins = MemoryLogins(database, wire)
        self.push_subscriptions = MemoryPushSubscriptions(database, wire)
        self.notification_ledger = MemoryNotificationLedger(database, wire)
        self.digests = MemoryDigests(database, wire)
        self.sessions = MemorySessions(database, wire)
        self.edges = MemoryEdges(database, wire)
        self.user_topics = MemoryUserTopics(database, wire)
        self.router_positions = MemoryRouterPositions(database, wire)
        self.decisions = MemoryDecisions(database, wire)
        self.conversations = MemoryConversations(database, wire)
        self.chats = MemoryChats(database, wire)
        self.group_passwords = MemoryGroupPasswords(database, wire)
        self.attempts = MemoryAttempts(database, wire)
        self.endings = MemoryEndings(database, wire)
        self.receipts = MemoryReceipts(database, wire)
        self.receipt_watermarks = MemoryReceiptWatermarks(database, wire)
        self.contacts = MemoryContacts(database, wire)
        self.media = MemoryMedia(database, wire)
        self.presences = MemoryPresences(database, wire)
        self.deadlines = MemoryDeadlines(database, wire)
        self.search = MemorySearch(database, wire)
        self.marks = MemoryMarks(database, wire)

    async def close(self) -> None:
        """Nothing is held."""
