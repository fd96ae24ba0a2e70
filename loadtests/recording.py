"""What a run records as it goes: what was sent and answered, what each device saw, and how long it all took."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram

from loadtests.history import Device, Entry, Sent

LATE_SECONDS = 0.5
_LONGEST_MICROSECONDS = 10 * 60 * 1_000_000


@dataclass(slots=True)
class Latencies:
    """Seconds, one for each message of the measured window."""

    samples: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, seconds: float) -> None:
        self.samples.append(seconds)

    def summary(self) -> dict[str, float]:
        """Milliseconds."""
        histogram = HdrHistogram(1, _LONGEST_MICROSECONDS, 3)
        for seconds in self.samples:
            histogram.record_value(max(1, int(seconds * 1_000_000)))
        quantiles = {f"p{part:g}": histogram.get_value_at_percentile(part) / 1000 for part in (50, 95, 99, 99.9)}
        return quantiles | {"max": max(self.samples, default=0.0) * 1000, "count": len(self.samples)}


@dataclass(slots=True)
class Window:
    """A stretch of the run whose latencies are measured, from the time each message was due."""

    acks: Latencies = field(default_factory=Latencies)
    deliveries: Latencies = field(default_factory=Latencies)
    sent: int = 0
    late: list[tuple[float, float]] = field(default_factory=list)
    """When it came, and how long it took: deliveries that took more than LATE_SECONDS."""

    def rows(self) -> list[dict[str, Any]]:
        return [{"ms": "ack"} | self.acks.summary(), {"ms": "delivery"} | self.deliveries.summary()]


class Recorder:
    """Everything of one run."""

    def __init__(self) -> None:
        self.sent: dict[str, Sent] = {}
        self.devices: list[Device] = []
        self.unsettled = 0
        """Messages that have neither been stored nor rejected, as far as their senders know."""
        self.errors: dict[str, int] = {}
        self.window: Window | None = None
        """What is sent now is measured in."""
        self.waiting: dict[str, float] = {}
        """When each message was due that no recipient has seen yet, in the order of sending."""
        self._dues: dict[str, tuple[float, Window | None]] = {}

    def sending(self, one: Sent, due: float) -> None:
        """A message goes out for the first time."""
        self.sent[one.client_id] = one
        self._dues[one.client_id] = due, self.window
        self.waiting[one.client_id] = due
        self.unsettled += 1
        if self.window is not None:
            self.window.sent += 1

    def accepted(self, client_id: str, at: float) -> None:
        one = self.sent.get(client_id)
        if one is None or one.accepted:
            return
        one.accepted, one.accepted_at = True, at
        due, window = self._dues[client_id]
        if window is not None:
            window.acks.add(at - due)

    def stored(self, client_id: str, seq: int, rev: int) -> None:
        one = self.sent.get(client_id)
        if one is not None:
            self.unsettled -= not one.answered
            one.stored.add((seq, rev))

    def rejected(self, client_id: str, code: str) -> None:
        one = self.sent.get(client_id)
        if one is not None:
            self.unsettled -= not one.answered
            one.rejected.add(code)
        self.waiting.pop(client_id, None)
        self.count(f"rejected: {code}")

    def seen(self, client_id: str, at: float) -> None:
        """A recipient, not the sender, has it."""
        self.waiting.pop(client_id, None)
        due, window = self._dues.get(client_id, (at, None))
        if window is not None:
            window.deliveries.add(at - due)
            if at - due > LATE_SECONDS:
                window.late.append((at, at - due))

    def count(self, error: str) -> None:
        self.errors[error] = self.errors.get(error, 0) + 1


def entry(frame: Mapping[str, Any]) -> Entry:
    """A pushed message."""
    return Entry(
        frame["conversation"],
        frame["epoch"],
        frame["seq"],
        frame["rev"],
        frame["sender"],
        frame["client_id"],
        frame["text"],
    )
