"""What a client that comes back with a cursor is answered, once it is known where the conversation stands."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.conversation import Leaving
from domain.resuming import Resume, resume
from schemas.frames import Changes, Cursor, Gone, Reset
from schemas.messages import Message


class Standing(NamedTuple):
    """How a conversation stands to one user: its head, if he is a member, and how he left it, if he was one."""

    head: tuple[str, int] | None
    """Epoch and rev."""
    left: Leaving | None


class Missed(NamedTuple):
    """The changes after `start` and up to `end`, of a conversation whose head is `head`.

    Each rev is the latest of at most one message, so a stretch of n revs holds at most n messages.
    """

    conversation: str
    epoch: str
    start: int
    end: int
    head: int

    def answer(self, messages: Iterable[Message]) -> Changes:
        """`messages` are all those whose rev lies in the stretch, in any order."""
        return Changes.model_validate(
            {
                "conversation": self.conversation,
                "epoch": self.epoch,
                "from": self.start,
                "to": self.end,
                "messages": tuple(sorted(messages, key=lambda message: message.rev)),
                "more": self.end < self.head,
            }
        )


def answer_to(conversation: str, cursor: Cursor, standing: Standing, limit: int) -> Gone | Reset | Missed | None:
    """None when the client has everything; what it missed is at most `limit` changes."""
    if standing.head is None:
        return Gone(conversation=conversation, reason=(standing.left or Leaving.DELETED).value)
    epoch, rev = standing.head
    match resume(cursor.epoch, cursor.rev, epoch, rev):
        case Resume.NOTHING:
            return None
        case Resume.RESET:
            return Reset(conversation=conversation, epoch=epoch, rev=rev)
        case Resume.CHANGES:
            return Missed(conversation, epoch, cursor.rev, min(cursor.rev + limit, rev), rev)
