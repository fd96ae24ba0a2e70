"""A page of what a client missed in one conversation."""

from collections.abc import Sequence

from schemas.frames import Changes
from schemas.messages import Message


def changes(conversation: str, epoch: str, start: int, head: int, missed: Sequence[Message], limit: int) -> Changes:
    """`missed` are the messages changed after `start` and up to the rev `head`, in rev order: all, or more than `limit`.

    A page ends at its last message's rev, and whoever asks for what follows begins there.
    """
    more = len(missed) > limit
    page = tuple(missed[:limit])
    return Changes.model_validate(
        {
            "conversation": conversation,
            "epoch": epoch,
            "from": start,
            "to": page[-1].rev if more else head,
            "messages": page,
            "more": more,
        }
    )
