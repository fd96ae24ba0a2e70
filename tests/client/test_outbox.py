"""Commands sent again go in the order in which they were given, however they failed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from parley_client.events import SentMessage
from parley_client.models import ErrorBody
from parley_client.outbox import FAILED, Outbox

AWAY = ErrorBody(code="unavailable", message="away", retry=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def outbox(*commands: str) -> Outbox:
    kept = Outbox(Random(1), 100)
    for command in commands:
        assert put(kept, command)
    return kept


def put(kept: Outbox, command: str, now: float = 0.0) -> bool:
    return kept.put(SentMessage(command, "c_1", "text"), {"id": command}, now)


def ids(frames: Sequence[Mapping[str, Any]]) -> list[str]:
    return [frame["id"] for frame in frames]


def test_what_failed_goes_again_in_order_and_together() -> None:
    kept = outbox("m1", "m2", "m3")
    for command in ("m3", "m1", "m2"):
        kept.failed(command, AWAY, 0.0)

    due = kept.next_due()
    assert due is not None
    assert ids(kept.resend_due(due - 0.001)) == []
    assert ids(kept.resend_due(due)) == ["m1", "m2", "m3"]


def test_what_is_given_meanwhile_waits_behind() -> None:
    kept = outbox("m1")
    kept.failed("m1", AWAY, 0.0)

    assert not put(kept, "m2")
    assert ids(kept.resend_due(FAILED.cap)) == ["m1", "m2"]
    assert put(kept, "m3")


def test_what_was_accepted_is_not_sent_again_with_it() -> None:
    kept = outbox("m1", "m2", "m3")
    kept.accepted("m1", NOW)
    kept.failed("m2", AWAY, 0.0)

    assert ids(kept.resend_due(FAILED.base)) == ["m2", "m3"]


def test_the_wait_grows_until_something_is_accepted() -> None:
    kept = outbox("m1")
    waits = []
    for _ in range(8):
        kept.failed("m1", AWAY, 0.0)
        due = kept.next_due()
        assert due is not None
        waits.append(due)
        kept.resend_due(due)
    assert waits[-1] >= FAILED.cap / 2

    kept.accepted("m1", NOW)
    assert put(kept, "m2")
    kept.failed("m2", AWAY, 0.0)
    assert (kept.next_due() or 0.0) <= FAILED.base


def test_a_wait_that_the_server_names_is_kept() -> None:
    kept = outbox("m1")
    kept.failed("m1", ErrorBody(code="rate_limited", retry=True, retry_after=7.5), 1.0)
    assert kept.next_due() == 8.5


def test_a_new_socket_begins_with_all_of_it() -> None:
    kept = outbox("m1", "m2")
    kept.failed("m2", AWAY, 0.0)

    assert ids(kept.resend_all(0.1)) == ["m1", "m2"]
    assert put(kept, "m3")
