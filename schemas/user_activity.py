"""What stands in `user-activity`: hints to the routers, which may be lost, doubled or too late without harm."""

from pydantic import Field

from schemas.base import Consumed

SCHEMA_NAME = "user-activity"
SCHEMA_VERSION = 1


class UserActivity(Consumed):
    """Commands have just been appended to these user topics."""

    topics: tuple[str, ...] = Field(min_length=1)
