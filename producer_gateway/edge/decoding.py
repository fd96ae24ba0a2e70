"""What a client sent: a frame, or what is wrong with it in words that never repeat what it said."""

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from pydantic import ValidationError

from schemas.errors import ErrorBody, ErrorCode
from schemas.frames import CLIENT_FRAME, PROTOCOL, ClientFrame, CommandFrame, frame_types

_MAX_SAFE_INTEGER = 2**53 - 1
_MAX_ID = 64
_MAX_NAME = 40
_TYPES = frame_types(ClientFrame)
_COMMANDS = frame_types(CommandFrame)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that is refused."""

    error: ErrorBody
    id: str | None = None
    type: str | None = None
    """Of the frame, when it is one of the protocol's."""
    fatal: bool = False
    """It is no frame at all: the connection cannot go on."""

    @property
    def is_command(self) -> bool:
        return self.type in _COMMANDS


class _NotInterchangeableError(ValueError):
    """JSON whose meaning depends on who reads it (RFC 7493, I-JSON)."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotInterchangeableError("a name occurs twice in one object")
    return found


def _integer(digits: str) -> int:
    value = int(digits)
    if abs(value) > _MAX_SAFE_INTEGER:
        raise _NotInterchangeableError("a number is out of range")
    return value


def _real(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise _NotInterchangeableError("a number is out of range")
    return value


def _constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
).decode


def decode(data: str | bytes) -> ClientFrame | Malformed:
    """One message of the socket. Text that is no JSON object with a `type`, and anything binary, is fatal."""
    if not isinstance(data, str):
        return _no_frame("frames are text, not binary")
    try:
        frame = CLIENT_FRAME.validate_json(data, strict=True)
    except ValidationError as error:
        return _explain(data, error)
    try:
        _STRICT(data)
    except _NotInterchangeableError as error:
        return _malformed(frame.type, frame.id, str(error))
    except ValueError:
        return _no_frame("this is not JSON")
    return frame


def _explain(data: str, error: ValidationError) -> Malformed:
    details = error.errors(include_url=False, include_input=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return _no_frame(_reason(details[0]["msg"]))
    found = json.loads(data)
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(kind, str):
        return _no_frame("a frame is a JSON object with a `type`")
    client_id = _usable(found.get("id"))
    if kind not in _TYPES:
        return Malformed(ErrorBody.of(ErrorCode.INVALID_FRAME, f"there is no frame of type {_quoted(kind)}"), client_id)
    if kind == "connect" and _other_protocol(found.get("protocol")):
        return Malformed(ErrorBody.of(ErrorCode.UNSUPPORTED_PROTOCOL), client_id, kind)
    where = ".".join(str(part)[:_MAX_NAME] for part in details[0]["loc"][1:])
    reason = _reason(details[0]["msg"])
    return _malformed(kind, client_id, f"{where}: {reason}" if where else reason)


def _no_frame(reason: str) -> Malformed:
    return Malformed(ErrorBody.of(ErrorCode.INVALID_FRAME, reason), fatal=True)


def _malformed(kind: str, client_id: str | None, reason: str) -> Malformed:
    return Malformed(ErrorBody.of(ErrorCode.INVALID_FRAME, reason), client_id, kind)


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")


def _usable(client_id: object) -> str | None:
    return client_id if isinstance(client_id, str) and 0 < len(client_id) <= _MAX_ID else None


def _other_protocol(version: object) -> bool:
    return isinstance(version, int) and not isinstance(version, bool) and version != PROTOCOL


def _quoted(name: str) -> str:
    return json.dumps(name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…", ensure_ascii=False)
