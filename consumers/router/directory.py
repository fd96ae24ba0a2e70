"""Which users' topics are this router's to read: the compacted `user-topics`, as far as its partitions are ours."""

from collections.abc import Iterable, Mapping, Sequence

from bus.announcements import read_announcement
from bus.ports import EARLIEST, Partition, Reader, Record
from schemas.topics import USER_TOPICS
from schemas.user_topics import UserTopic


class Directory:
    """Follows the announcements of the owned partitions. What a partition says counts once it has been read whole."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._topics: dict[int, dict[str, UserTopic]] = {}
        self._unread: dict[int, int] = {}
        """Partitions not yet read whole, and the end each had when it was taken."""

    def take(self, ends: Mapping[int, int]) -> None:
        """Begin with these partitions, each to be read up to its end before anything it says counts."""
        for number, end in ends.items():
            self._topics[number] = {}
            self._unread[number] = end
        self._reader.add({Partition(USER_TOPICS, number): EARLIEST for number in ends})

    def drop(self, partitions: Iterable[int]) -> frozenset[str]:
        """Give these up; returns the topics they had announced."""
        dropped = [number for number in partitions if number in self._topics]
        self._reader.remove(Partition(USER_TOPICS, number) for number in dropped)
        topics = {topic for number in dropped for topic in self._topics.pop(number)}
        for number in dropped:
            self._unread.pop(number, None)
        return frozenset(topics)

    async def follow(self, max_wait: float) -> tuple[UserTopic, ...]:
        """The next announcements that count; of several of one topic only the last."""
        fetched = await self._reader.poll(max_wait)
        fresh: dict[str, UserTopic] = {}
        for partition, records in fetched.items():
            announced = self._read(partition.number, records)
            if partition.number not in self._unread:
                fresh |= announced
        return tuple((fresh | self._completed()).values())

    def users(self) -> Mapping[str, str]:
        """The user of every topic that was announced as active."""
        return {
            topic: said.user
            for known in self._topics.values()
            for topic, said in known.items()
            if said.state == "active"
        }

    def _read(self, number: int, records: Sequence[Record]) -> dict[str, UserTopic]:
        announced: dict[str, UserTopic] = {}
        for record in records:
            if (said := read_announcement(record)) is not None:
                announced[said.topic] = self._topics[number][said.topic] = said
            elif record.value is None and record.key is not None:
                _forget(record.key.decode(), announced)
                _forget(record.key.decode(), self._topics[number])
        return announced

    def _completed(self) -> dict[str, UserTopic]:
        """All that the partitions say which have just been read whole."""
        places = self._reader.places()
        whole = [n for n, end in self._unread.items() if end == 0 or places.get(Partition(USER_TOPICS, n), 0) >= end]
        for number in whole:
            del self._unread[number]
        return {topic: said for number in whole for topic, said in self._topics[number].items()}


def _forget(user: str, known: dict[str, UserTopic]) -> None:
    """He is gone for ever, his topics with him."""
    for topic in [topic for topic, said in known.items() if said.user == user]:
        del known[topic]
