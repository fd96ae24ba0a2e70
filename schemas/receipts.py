"""How far members have come, as it stands in `receipts`: JSON, keyed by conversation."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Consumed, absent
from schemas.ids import ConversationId, SessionId, UserId

SCHEMA_NAME = "receipt"
SCHEMA_VERSION = 1


class ReceiptKind(StrEnum):
    DELIVERED = "delivered"
    READ = "read"


class MessageStatus(StrEnum):
    """How far a message has come: stored, then with its recipients, then read by them."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


class ReceiptRecord(Consumed):
    """A member has everything up to the seq `delivered`, and has read everything up to the seq `read` (0: nothing).

    What is read is delivered, whatever `delivered` says. The record's time is when it happened, by the broker's clock.
    """

    conversation: ConversationId
    user: UserId
    delivered: int = Field(default=0, ge=0)
    read: int = Field(default=0, ge=0)
    session: SessionId | None = absent()
    """The socket that said so, when it was one alone: it need not be told."""
