"""What travels on an `edge.…` topic: frames for sessions of that edge, a writer's batch in one record."""

from typing import Any

from pydantic import Field

from schemas.base import Consumed, absent

SCHEMA_NAME = "deliveries"
SCHEMA_VERSION = 1


class Delivery(Consumed):
    """One frame for some sessions (or waiting requests) of one edge, or the word to close them."""

    to: tuple[str, ...]
    frame: dict[str, Any] | None = absent()
    close: int | None = absent()
    trace: str | None = absent()
    """The traceparent of the command that caused it."""


class Deliveries(Consumed):
    deliveries: tuple[Delivery, ...] = Field(min_length=1)
