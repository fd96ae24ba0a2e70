"""User topics made known, and found, by way of the compacted `user-topics`."""

import structlog
from pydantic import ValidationError

from bus.ports import Outgoing, Record
from schemas import user_topics
from schemas.headers import SCHEMA, headers
from schemas.topics import USER_TOPICS
from schemas.user_topics import UserTopic

log = structlog.get_logger(__name__)


def announcement(said: UserTopic) -> Outgoing:
    """A user topic's state, as the routers read it."""
    return Outgoing(
        USER_TOPICS,
        said.model_dump_json().encode(),
        key=said.user.encode(),
        headers=headers(**{SCHEMA: f"{user_topics.SCHEMA_NAME}/{user_topics.SCHEMA_VERSION}"}),
    )


def withdrawal(user: str) -> Outgoing:
    """Nothing is said of this user any more: a tombstone, so that compaction leaves nothing of him."""
    return Outgoing(USER_TOPICS, None, key=user.encode())


def read_announcement(record: Record) -> UserTopic | None:
    """What a record of `user-topics` says; None for a tombstone, and (with an error logged) for what is unreadable."""
    if record.value is None:
        return None
    try:
        return UserTopic.model_validate_json(record.value)
    except ValidationError:
        log.exception("announcement_unreadable", partition=record.partition, offset=record.offset)
        return None
