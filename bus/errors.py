"""What can go wrong on the bus, told apart by what the caller may do next.

BusError
├── Unavailable       not done for certain, and trying again may help
├── UnknownOutcome    perhaps done: try again with the same id
├── UnknownTopic      the topic does not exist (any more)
├── RecordTooLarge    the broker will never take it
├── NotOwner          the partition is another member's now
├── MembershipLost    this process is out of the consumer group until it starts anew
└── Refused           said by a handler of one record: it can never be handled, put it aside
"""

from collections.abc import Iterable


class BusError(Exception):
    """Any failure of the bus."""


class Unavailable(BusError):
    """Not done for certain: the broker is away, or would not take it in time."""


class UnknownOutcome(BusError):
    """Perhaps done: the broker did not answer in time. Trying again with the same id is safe."""


class UnknownTopic(BusError):
    """The topic does not exist, or not any more."""


class RecordTooLarge(BusError):
    """The record is larger than the topic takes."""


class NotOwner(BusError):
    """The consumer group has given the partition to another member.

    `partitions` names those that are lost; empty when all that the raiser was asked about are.
    """

    def __init__(self, message: str = "", partitions: Iterable[int] = ()) -> None:
        super().__init__(message)
        self.partitions = frozenset(partitions)


class MembershipLost(BusError):
    """Another process took this one's slot in the consumer group, or its workers made no progress: start anew."""


class Refused(Exception):
    """A handler can never handle this record: it goes to the dead letters under `code`, without another attempt."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or code)
        self.code = code
