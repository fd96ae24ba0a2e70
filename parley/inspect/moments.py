"""Moments as operators write them, and spans of time as they read them."""

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str, now: datetime) -> datetime:
    """`30s`, `10m`, `2h`, `5d`: so long before `now`; or an instant of RFC 3339, in UTC where it names no zone.

    Raises ValueError for anything else.
    """
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is neither like 10m, 2h, 5d nor like 2026-01-31T09:05:07Z") from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def age(span: timedelta) -> str:
    """`3d 4h`, `2h 5m`, `1m 30s`, `12s`: the two largest units."""
    seconds = max(0, int(span.total_seconds()))
    parts = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number or len(parts) == 1)
