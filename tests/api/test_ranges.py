"""Parts of a file, as RFC 9110 has them."""

import pytest

from producer_gateway.api.ranges import Part, Unsatisfiable, is_fresh, wanted

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-499", Part(0, 500)),
        ("bytes=500-", Part(500, 1000)),
        ("bytes=-1", Part(999, 1000)),
        ("bytes=-5000", Part(0, 1000)),
        ("bytes=990-5000", Part(990, 1000)),
        (" bytes = 1 - 2 ", Part(1, 3)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
        ("", None),
        ("bytes=" + "9" * 19 + "-", None),
    ],
)
def test_one_range(asked: str, part: Part | None) -> None:
    assert wanted({"range": asked}, 1000, ETAG) == part


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_a_range_outside(asked: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted({"range": asked}, 1000, ETAG)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [('"abc"', True), ('"other"', False), ('W/"abc"', False), ("Sat, 21 Nov 2026 00:00:00 GMT", False)],
)
def test_a_range_of_a_version(condition: str, holds: bool) -> None:
    found = wanted({"range": "bytes=0-0", "if-range": condition}, 1000, ETAG)
    assert found == (Part(0, 1) if holds else None)


@pytest.mark.parametrize(
    ("known", "fresh"),
    [('"abc"', True), ('W/"abc"', True), ('"x", "abc"', True), ("*", True), ('"x"', False), ("", False)],
)
def test_a_kept_copy(known: str, fresh: bool) -> None:
    assert is_fresh({"if-none-match": known}, ETAG) is fresh
    assert not is_fresh({}, ETAG)
