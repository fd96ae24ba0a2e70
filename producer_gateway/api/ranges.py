"""Which part of a file a request asks for (RFC 9110 sections 13 and 14): one range of bytes, or all of it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes\s*=\s*(?P<first>[0-9]{0,18})\s*-\s*(?P<last>[0-9]{0,18})\s*")


class Part(NamedTuple):
    """The bytes from `start` up to but not including `stop`."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """The range lies outside of the file: 416."""


def wanted(headers: Mapping[str, str], size: int, etag: str) -> Part | None:
    """The part that is asked for; None for the whole: no range, several (which one may ignore), one that is none of
    bytes, or one conditioned (`If-Range`) on another version than there is. Raises Unsatisfiable."""
    condition = headers.get("if-range")
    if condition is not None and condition.strip() != etag:
        return None
    found = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        return _last(int(found["last"]), size)
    return _from(int(found["first"]), int(found["last"]) if found["last"] else None, size)


def _last(count: int, size: int) -> Part:
    if count == 0 or size == 0:
        raise Unsatisfiable
    return Part(max(0, size - count), size)


def _from(first: int, last: int | None, size: int) -> Part | None:
    if last is not None and last < first:
        return None  # not valid, so it was not asked for
    if first >= size:
        raise Unsatisfiable
    return Part(first, size if last is None else min(last + 1, size))


def is_fresh(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the client has this version already (`If-None-Match`, compared weakly): 304."""
    known = headers.get("if-none-match")
    if known is None:
        return False
    return known.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in known.split(","))
