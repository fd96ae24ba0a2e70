"""A frame that came on the edge's own topic, encoded once for all the sessions it is for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson


class Push(NamedTuple):
    """An encoded frame, and what a session has to know of it."""

    data: bytes
    type: str
    conversation: str
    epoch: str
    rev: int
    seq: int
    answers: str | None
    """The id of the command it is the outcome of."""


_OUTCOMES = frozenset({"stored", "rejected"})


def push_of(frame: Mapping[str, Any]) -> Push:
    """A frame of a kind this version does not know is passed on as it is."""
    kind = frame.get("type", "")
    return Push(
        orjson.dumps(frame),
        kind,
        frame.get("id" if kind == "conversation" else "conversation", ""),
        frame.get("epoch", ""),
        frame.get("rev", 0),
        frame.get("seq", 0),
        frame.get("id") if kind in _OUTCOMES else None,
    )
