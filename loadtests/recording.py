"""What a run records as it goes: what was sent and answered, what each device saw, and how long it all took."""

from array import array
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram

from loadtests.history import Device, Reached, Sent, Told
from loadtests.notified import Said

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
    receipts: Latencies = field(default_factory=Latencies)
    """From a member's word to the first who is told of it."""
    sent: int = 0
    late: list[tuple[float, float]] = field(default_factory=list)
    """When it came, and how long it took: deliveries that took more than LATE_SECONDS."""
    late_receipts: list[float] = field(default_factory=list)
    """When receipts came that took more than so long."""

    def rows(self) -> list[dict[str, Any]]:
        told = [{"ms": "receipt"} | self.receipts.summary()] if self.receipts.samples else []
        return [{"ms": "ack"} | self.acks.summary(), {"ms": "delivery"} | self.deliveries.summary(), *told]


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
        self.acknowledged: dict[tuple[str, str], Reached] = {}
        """By conversation and user: how far he has said that he is."""
        self.unheard: dict[tuple[str, str], dict[Reached, float]] = {}
        """By conversation and user: when he said what nobody has been told of."""
        self.words: list[Said] = []
        """Every `delivered` that said more than the one before, in the order of time."""

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

    def said(self, conversation: str, user: str, reached: Reached, at: float) -> None:
        """A member says how far he is."""
        key = conversation, user
        before = self.acknowledged.get(key, Reached())
        self.acknowledged[key] = before.raised(reached)
        if reached.delivered > before.delivered:
            self.words.append(Said(conversation, user, reached.delivered, at))
        self.unheard.setdefault(key, {})[self.acknowledged[key]] = at

    def heard(self, told: Told, at: float) -> None:
        """Someone else is told of it."""
        key = told.conversation, told.user
        waiting = self.unheard.get(key, {})
        for reached in [reached for reached in waiting if told.reached.covers(reached)]:
            said = waiting.pop(reached)
            if self.window is not None:
                self.window.receipts.add(at - said)
                if at - said > LATE_SECONDS:
                    self.window.late_receipts.append(at)
        if not waiting:
            self.unheard.pop(key, None)

    def oldest_unheard(self) -> float | None:
        """When the first word was said of which nobody has been told."""
        return min((next(iter(waiting.values())) for waiting in self.unheard.values() if waiting), default=None)

    def count(self, error: str) -> None:
        self.errors[error] = self.errors.get(error, 0) + 1
