"""What can be wrong with a history."""

from dataclasses import dataclass
from enum import StrEnum

from loadtests.receipts import ReceiptFault


class Fault(StrEnum):
    LOST = "lost"
    """Acknowledged, never rejected, and not in the store."""
    STORED_TWICE = "stored twice"
    """One command made two messages."""
    CONTRADICTED = "contradicted"
    """One command was told two different outcomes, or one that the store belies."""
    SEQ_HOLE = "hole in seq"
    REV_HOLE = "hole in rev"
    NUMBER_TWICE = "number given twice"
    """Two messages of a conversation have the same seq, or two changes the same rev."""
    OVERTAKEN = "overtaken"
    """Sent after one of the same sender had been accepted, yet numbered before it."""
    INVENTED = "invented"
    """Stored or seen, and sent by nobody."""
    ALTERED = "altered"
    """Not what the commands up to its rev make of it."""
    INTRUDED = "intruded"
    """Done by someone who was no member at that point of the order."""
    USURPED = "usurped"
    """Done by a member who may not, or to what nobody may do it to."""
    IDLE = "idle"
    """Said to be done already, when it was not."""
    REFUSED = "refused"
    """Rejected for a reason that never was one."""
    MISPLACED = "misplaced"
    """Who is in a conversation, and as what, is not what the changes of its members make of it."""
    UNDELIVERED = "undelivered"
    """In the store, and not seen by a device that was there to the end, or that saw later ones."""
    DELIVERED_TWICE = "delivered twice"
    OUT_OF_ORDER = "out of order"
    """A device saw a lower rev after a higher one."""
    DIVERGED = "diverged"
    """Two devices, or a device and the store, have different messages under one number."""
    PHANTOM = "phantom"
    """Seen by a device, and not in the store."""
    LEAKED = "leaked"
    """Seen by someone who is not a member, or was none any more."""
    LINGERING = "lingering"
    """A device holds on to a conversation that is not its user's any more: it was not told."""
    UNTOLD = "untold"
    """A chat has ended, and a device that was there to the end was not told, or more than once."""
    MISTOLD = "mistold"
    """A device was told of an end that was none, or of another than it was."""


@dataclass(frozen=True, slots=True)
class Finding:
    fault: Fault | ReceiptFault
    conversation: str
    subject: str
    """The command, number or device it is about."""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault.value}: {self.subject} in {self.conversation} {self.detail}".rstrip()
