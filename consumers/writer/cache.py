"""The conversations a writer has in mind: bounded, the least recently used forgotten first."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from domain.conversation import Conversation


class ConversationCache:
    """Never more than a guess: storing on condition of `applied` is what makes a stale entry harmless."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, Conversation] = OrderedDict()

    def get(self, ids: Iterable[str]) -> dict[str, Conversation]:
        found = {}
        for each in ids:
            if (state := self._entries.get(each)) is not None:
                self._entries.move_to_end(each)
                found[each] = state
        return found

    def put(self, states: Mapping[str, Conversation]) -> None:
        for each, state in states.items():
            self._entries[each] = state
            self._entries.move_to_end(each)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def forget(self, ids: Iterable[str]) -> None:
        for each in ids:
            self._entries.pop(each, None)

    def clear(self) -> None:
        self._entries.clear()
