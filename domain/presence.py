"""When a user counts as online, decided from his sockets and from what was told of him before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.presence import Sign

GRACE_SECONDS = 5.0
"""Whoever is back by then was never away: a device that changes networks, an edge that is started anew."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What is told of a user. He is online while any of his sockets is open."""

    online: bool = False
    last_online: datetime | None = None
    """Since when he is online, or until when he was; None: never yet. It only grows."""
    cause: str = ""
    """The record that changed it last, `<partition>/<offset>`."""


class Seen(NamedTuple):
    """A report, where it stands, and since when what it says is so."""

    sign: Sign
    place: str
    at: datetime


class Grace(NamedTuple):
    """Nothing is told yet: look again then, whether he who has no socket since `since` has come back."""

    since: datetime
    until: datetime


def judge(told: Presence, report: Seen, *, sockets: bool) -> Presence | Grace | None:
    """What a report changes, given whether the user has any socket now; None: nothing."""
    if sockets == told.online:
        return None
    if not sockets and report.sign not in (Sign.LOST, Sign.AWAY):
        return Grace(report.at, report.at + timedelta(seconds=GRACE_SECONDS))
    last = report.at if told.last_online is None else max(told.last_online, report.at)
    return Presence(sockets, last, report.place)
