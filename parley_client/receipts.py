"""How far the members of each conversation have come, and what that makes of one's own messages."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from parley_client.events import SendState, SentMessage
from parley_client.models import Member, Summary

FOLLOWED = 1000
"""How many of one's own latest messages are followed until everyone has read them."""


class Reached(NamedTuple):
    delivered: int = 0
    read: int = 0

    def raised(self, delivered: int, read: int) -> "Reached":
        return Reached(max(self.delivered, delivered, read), max(self.read, read))


@dataclass(slots=True)
class _Conversation:
    others: int = 0
    """How many other members there are."""
    reached: dict[str, Reached] = field(default_factory=dict)
    followed: OrderedDict[int, SentMessage] = field(default_factory=OrderedDict)
    """One's own messages by seq."""


class Receipts:
    """Whatever comes late or twice, nothing ever goes back."""

    def __init__(self) -> None:
        self.me = ""
        self._conversations: dict[str, _Conversation] = {}

    def heard(self, conversation: str, user: str, delivered: int, read: int) -> Reached | None:
        """Take a receipt; returns where that member is now, None when it says nothing new."""
        reached = self._conversations.setdefault(conversation, _Conversation()).reached
        before = reached.get(user, Reached())
        reached[user] = before.raised(delivered, read)
        return None if reached[user] == before else reached[user]

    def meet(self, summary: Summary) -> Summary:
        """Take a summary's word for who is there; returns it with everyone as far as is known."""
        known = self._conversations.setdefault(summary.id, _Conversation())
        known.others = max(0, summary.member_count - 1)
        for member in summary.members:
            self.heard(summary.id, member.user, member.delivered, member.read)
        if summary.member_count == len(summary.members):
            here = {member.user for member in summary.members}
            known.reached = {user: reached for user, reached in known.reached.items() if user in here}
        return summary.model_copy(update={"members": tuple(self._raised(known, member) for member in summary.members)})

    def _raised(self, known: _Conversation, member: Member) -> Member:
        delivered, read = known.reached.get(member.user, Reached()).raised(member.delivered, member.read)
        return member.model_copy(update={"delivered": delivered, "read": read})

    def forget(self, conversation: str) -> None:
        self._conversations.pop(conversation, None)

    def status(self, conversation: str, seq: int) -> SendState:
        """How far a message of one's own has come with all others: SENT, DELIVERED or READ."""
        return _state(seq, self._everywhere(conversation))

    def _everywhere(self, conversation: str) -> Reached:
        """Up to where all others have got and read."""
        known = self._conversations.get(conversation, _Conversation())
        others = [reached for user, reached in known.reached.items() if user != self.me]
        if not known.others or len(others) < known.others:
            return Reached()
        delivered = sorted((reached.delivered for reached in others), reverse=True)
        read = sorted((reached.read for reached in others), reverse=True)
        return Reached(delivered[known.others - 1], read[known.others - 1])

    def follow(self, sent: SentMessage) -> SentMessage:
        """A message of one's own has its number; returns it as far as it has come by now."""
        if sent.seq is None:
            return sent
        now = replace(sent, state=self.status(sent.conversation, sent.seq))
        followed = self._conversations.setdefault(sent.conversation, _Conversation()).followed
        followed[sent.seq] = now
        while len(followed) > FOLLOWED:
            followed.popitem(last=False)
        return now

    def moved(self, conversation: str) -> Sequence[SentMessage]:
        """The followed messages that have come further, in order of their seqs."""
        known = self._conversations.get(conversation)
        if known is None:
            return ()
        everywhere = self._everywhere(conversation)
        news = []
        for seq in [seq for seq in known.followed if seq <= everywhere.delivered]:
            state = _state(seq, everywhere)
            if state is not known.followed[seq].state:
                news.append(replace(known.followed[seq], state=state))
                known.followed[seq] = news[-1]
            if state is SendState.READ:
                del known.followed[seq]
        return sorted(news, key=lambda sent: sent.seq or 0)


def _state(seq: int, everywhere: Reached) -> SendState:
    if seq <= everywhere.read:
        return SendState.READ
    return SendState.DELIVERED if seq <= everywhere.delivered else SendState.SENT
