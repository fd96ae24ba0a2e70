"""Answers cut to what one frame may hold; what is left out can be asked for, and the frame says that there is more."""

from collections.abc import Sequence
from itertools import accumulate

from schemas.base import Produced
from schemas.frames import MAX_SERVER_FRAME_BYTES, Changes, Connected, History, HistoryRequest

_FRAME_BYTES = 4096
"""More than what a frame adds to the list in it, whatever the lengths of its other fields."""
_ROOM = MAX_SERVER_FRAME_BYTES - _FRAME_BYTES


def encode(frame: Produced) -> bytes:
    return frame.__pydantic_serializer__.to_json(frame)


def fitting_changes(changes: Changes) -> tuple[Changes, bytes]:
    """The frame with as many of the first changes as fit, and its encoding."""
    encoded = encode(changes)
    if len(encoded) <= MAX_SERVER_FRAME_BYTES:
        return changes, encoded
    kept = changes.messages[: _how_many(changes.messages)]
    cut = changes.model_copy(update={"messages": kept, "to": kept[-1].rev, "more": True})
    return cut, encode(cut)


def fitting_connected(connected: Connected) -> tuple[Connected, bytes]:
    """The frame with as many of the newest conversations as fit, and its encoding."""
    encoded = encode(connected)
    if len(encoded) <= MAX_SERVER_FRAME_BYTES:
        return connected, encoded
    kept = connected.conversations[: _how_many(connected.conversations)]
    cut = connected.model_copy(update={"conversations": kept, "more": True})
    return cut, encode(cut)


def fitting_history(history: History, request: HistoryRequest) -> bytes:
    """The encoded frame, with those of the messages that are nearest to what was asked for."""
    encoded = encode(history)
    if len(encoded) <= MAX_SERVER_FRAME_BYTES:
        return encoded
    nearest = sorted(history.messages, key=lambda message: _distance(message.seq, request))
    kept = sorted(nearest[: _how_many(nearest)], key=lambda message: message.seq)
    return encode(history.model_copy(update={"messages": tuple(kept), "more": True}))


def _distance(seq: int, request: HistoryRequest) -> int:
    if request.around is not None:
        return abs(seq - request.around)
    return seq if request.after is not None else -seq


def _how_many(items: Sequence[Produced]) -> int:
    """How many of the first fit; at least one, for a single one always does."""
    sizes = accumulate(len(encode(item)) + 1 for item in items)
    return max(1, sum(size <= _ROOM for size in sizes))
