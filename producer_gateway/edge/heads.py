"""The newest message of each conversation, as far as this edge has heard: nobody can have got more than there is."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from schemas.messages import Summary
from store.ports import Conversations


class Heads:
    """The last heard of `capacity` conversations. What it knows was there once, so it is never too much."""

    def __init__(self, conversations: Conversations, capacity: int = 50_000) -> None:
        self._conversations = conversations
        self._capacity = capacity
        self._heads: OrderedDict[str, int] = OrderedDict()

    def note(self, conversation: str, seq: int) -> None:
        """A message with this seq exists."""
        if seq > self._heads.get(conversation, -1):
            self._heads[conversation] = seq
            self._heads.move_to_end(conversation)
            if len(self._heads) > self._capacity:
                self._heads.popitem(last=False)

    def note_all(self, summaries: Iterable[Summary]) -> None:
        for summary in summaries:
            self.note(summary.id, summary.seq)

    async def at_least(self, wanted: Mapping[str, int]) -> Mapping[str, int]:
        """A head of each conversation: one that is not below the seq wanted, or the store's own word; 0 for one that
        does not exist. Raises StoreUnavailable."""
        unsure = [conversation for conversation, seq in wanted.items() if seq > self._heads.get(conversation, -1)]
        asked = await self._conversations.heads(unsure) if unsure else {}
        for conversation, seq in asked.items():
            self.note(conversation, seq)
        return {conversation: self._heads.get(conversation, 0) for conversation in wanted}
