"""How far the writer has told of conversations that have ended."""

from collections.abc import Iterable, Mapping

from bus.placing import partition_of_key
from bus.ports import Admin, Partition
from schemas.topics import CONVERSATIONS, WRITER_GROUP


class Telling:
    """The writer commits what it has stored and told: whoever waits until it is past a place in the log waits for
    order, not for a time, however long it stood still."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._ends: dict[str, int] = {}
        """Conversation → the end of its partition when it was first asked about."""

    async def over(self, conversations: Iterable[str]) -> frozenset[str]:
        """Those of which everything is decided and told that stood in the log when they were first asked about. To
        be asked again and again about the same ones: who is left out once, begins anew. Raises Unavailable."""
        places = await self._places(conversations)
        ends = await self._admin.end_offsets(Partition(CONVERSATIONS, number) for number in set(places.values()))
        self._ends = {
            conversation: self._ends.get(conversation, ends.get(Partition(CONVERSATIONS, number), 0))
            for conversation, number in places.items()
        }
        committed = await self._admin.committed(WRITER_GROUP, CONVERSATIONS) if places else {}
        return frozenset(one for one, number in places.items() if committed.get(number, 0) >= self._ends[one])

    async def _places(self, conversations: Iterable[str]) -> Mapping[str, int]:
        wanted = tuple(conversations)
        count = (await self._admin.topics(CONVERSATIONS)).get(CONVERSATIONS, 0) if wanted else 0
        return {one: partition_of_key(one.encode(), count) for one in wanted} if count else {}
