"""What can go wrong on the bus, told apart by what the caller may do next.

    BusError
    ├── Unavailable       not done for certain, and trying again may help
    ├── UnknownOutcome    perhaps done: try again with the same id
    ├── UnknownTopic      the topic does not exist (any more)
    ├── RecordTooLarge    the broker will never take it
    └── NotOwner          the partition is another member's now
"""


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
    """The consumer group has given the partition to another member."""
