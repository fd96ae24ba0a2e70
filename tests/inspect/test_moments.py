"""Moments as operators write them."""

from datetime import UTC, datetime, timedelta

import pytest

from parley.inspect.moments import age, moment

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", NOW - timedelta(seconds=30)),
        ("10m", NOW - timedelta(minutes=10)),
        ("2h", NOW - timedelta(hours=2)),
        ("5d", NOW - timedelta(days=5)),
        ("2026-01-31T09:05:07.123Z", datetime(2026, 1, 31, 9, 5, 7, 123_000, tzinfo=UTC)),
        ("2026-01-31T09:05+01:00", datetime(2026, 1, 31, 8, 5, tzinfo=UTC)),
        ("2026-01-31 09:05", datetime(2026, 1, 31, 9, 5, tzinfo=UTC)),
    ],
)
def test_a_moment(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "10", "5w", "-5m"])
def test_what_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="10m, 2h, 5d"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=-3), "0s"),
        (timedelta(seconds=90), "1m 30s"),
        (timedelta(hours=2, seconds=5), "2h"),
        (timedelta(days=5, hours=1, minutes=9), "5d 1h"),
    ],
)
def test_an_age(span: timedelta, expected: str) -> None:
    assert age(span) == expected
