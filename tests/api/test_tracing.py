"""Traces that are continued, and those that are begun."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer_gateway.api.tracing import continued, trace_id

FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_trace_goes_on_in_a_span_of_our_own() -> None:
    ours = continued(f"00-{TRACE}-b7ad6b7169203331-00", Random(1))
    assert FORM.fullmatch(ours)
    assert (trace_id(ours), ours[-2:]) == (TRACE, "00")
    assert "b7ad6b7169203331" not in ours


@pytest.mark.parametrize(
    "received",
    [
        None,
        "",
        TRACE,
        f"00-{TRACE}-b7ad6b7169203331",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331-01\n",
    ],
)
def test_what_is_no_trace_begins_one(received: str | None) -> None:
    ours = continued(received, Random(1))
    assert FORM.fullmatch(ours)
    assert trace_id(ours) != TRACE


@given(st.text())
def test_nothing_received_breaks_it(received: str) -> None:
    assert FORM.fullmatch(continued(received, Random(1)))
