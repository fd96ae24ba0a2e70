"""Every topic's name, key, partitions and retention. Nothing else in Parley spells a topic's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

USER_TOPICS = "user-topics"
USER_ACTIVITY = "user-activity"
SHARDED_USERS = "users"
CONVERSATIONS = "conversations"
RECEIPTS = "receipts"
PRESENCE = "presence"
EVENTS = "events"
DEAD_LETTERS = "dead-letters"

WRITER_GROUP = "writer"
"""The consumer group on `conversations`: what it has committed is stored and told."""

USER_TOPIC_PREFIX = "user."
EDGE_TOPIC_PREFIX = "edge."

_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS
USER_TOPIC_RETENTION_DAYS = 6

_SMALL_INDEX = {"segment.index.bytes": str(64 * 1024)}
"""A topic's first indexed append maps two sparse files of this size, 10 MiB by default. Where the disk reads far
ahead, each costs the broker 2-14 ms: seconds when some hundred users begin to talk."""


class Layout(StrEnum):
    """How users' commands lie in topics: a topic each, or, for fleets beyond what topics a cluster allows, all in
    the partitions of one (KIP-578 cites 4,000 partitions a broker and 200,000 a cluster before KRaft)."""

    PER_USER = "per-user"
    SHARDED = "sharded"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to be made: `config` holds the broker's own configuration names."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def _retained(days: int) -> dict[str, str]:
    return {"retention.ms": str(days * _DAY_MS)}


def fixed_topics(layout: Layout = Layout.PER_USER) -> tuple[TopicSpec, ...]:
    """The topics that exist whenever Parley runs, whoever is there."""
    # The broker's clock decides when a command is too old: an edge with a slow one must not make retention eat it.
    append_time = {"message.timestamp.type": "LogAppendTime"}
    hints = {"retention.ms": str(10 * _MINUTE_MS), "segment.ms": str(10 * _MINUTE_MS)}
    users = TopicSpec(SHARDED_USERS, 64, _retained(USER_TOPIC_RETENTION_DAYS) | append_time)
    return (
        *((users,) if layout is Layout.SHARDED else ()),
        TopicSpec(USER_TOPICS, 64, {"cleanup.policy": "compact"}),
        TopicSpec(USER_ACTIVITY, 4, hints),
        TopicSpec(CONVERSATIONS, 32, _retained(7) | append_time),
        # Delivered and seen times are the broker's: within a partition they only grow, whatever edge they come from.
        TopicSpec(RECEIPTS, 32, _retained(7) | append_time),
        TopicSpec(PRESENCE, 8, _retained(1)),
        TopicSpec(EVENTS, 32, _retained(7)),
        TopicSpec(DEAD_LETTERS, 8, _retained(30)),
    )


def user_topic(user: str, generation: int) -> str:
    """The name of a user's topic. The generation makes it new each time, so no name is ever used twice."""
    return f"{USER_TOPIC_PREFIX}{user}.{generation}"


def user_topic_spec(name: str) -> TopicSpec:
    # The broker's clock decides when a command is too old: an edge with a slow one must not make retention eat it.
    config = _retained(USER_TOPIC_RETENTION_DAYS) | _SMALL_INDEX | {"message.timestamp.type": "LogAppendTime"}
    return TopicSpec(name, 1, config)


def is_user_topic(name: str) -> bool:
    return name.startswith(USER_TOPIC_PREFIX)


def parse_user_topic(name: str) -> tuple[str, int]:
    """User id and generation of a user topic's name. Raises ValueError for any other name."""
    user, _, generation = name.removeprefix(USER_TOPIC_PREFIX).rpartition(".")
    if not is_user_topic(name) or not user or not generation.isdigit():
        raise ValueError(f"not a user topic: {name!r}")
    return user, int(generation)


def edge_topic(node: str, incarnation: str) -> str:
    """The topic through which one life of one edge or api process is reached."""
    return f"{EDGE_TOPIC_PREFIX}{node}.{incarnation}"


def edge_topic_spec(name: str) -> TopicSpec:
    return TopicSpec(name, 1, {"retention.ms": str(10 * _MINUTE_MS), "segment.ms": str(10 * _MINUTE_MS)} | _SMALL_INDEX)


def is_edge_topic(name: str) -> bool:
    return name.startswith(EDGE_TOPIC_PREFIX)


def topic_kind(name: str) -> str:
    """What a topic's metrics are counted under: few values, however many topics."""
    if is_user_topic(name):
        return "user"
    return "edge" if is_edge_topic(name) else name
