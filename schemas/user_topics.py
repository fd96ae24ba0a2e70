"""What stands in the compacted `user-topics`: each user's current topic, keyed by user."""

from typing import Literal

from schemas.base import Consumed
from schemas.ids import UserId

SCHEMA_NAME = "user-topic"
SCHEMA_VERSION = 1


class UserTopic(Consumed):
    """`active`: commands may arrive, read it. `retired`: nothing will come any more under this name."""

    user: UserId
    topic: str
    generation: int
    state: Literal["active", "retired"]
