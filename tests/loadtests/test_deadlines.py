"""The judge of deadlines allows for a restart, and for no more."""

import pytest

from loadtests.deadlines import DeadlineFault, Leave, Outage, figures, judge

LEFT, DUE = 100.0, 105.0


def left(told: float | None, until: float = 300.0) -> Leave:
    return Leave("u_1", LEFT, until, told)


def killed(at: float, over: float, kind: str = "session-expiry") -> list[Outage]:
    return [Outage(kind, at, over)]


@pytest.mark.parametrize(
    ("leave", "outages"),
    [
        (left(DUE + 1.0), []),
        (left(None, until=DUE), []),
        (left(DUE + 29.0), killed(DUE - 1.0, DUE + 15.0)),
        (left(None, until=DUE + 29.0), killed(DUE - 1.0, DUE + 15.0)),
        (left(DUE + 33.0), killed(DUE + 0.5, DUE + 6.0)),
        (left(DUE + 8.0), killed(LEFT - 10.0, LEFT - 1.0)),
        (left(DUE + 44.0), killed(DUE - 1.0, DUE + 6.0, "edge")),
        (left(DUE + 33.0), [*killed(DUE - 2.0, DUE + 8.0), *killed(DUE + 9.0, DUE + 19.0)]),
    ],
    ids=[
        "on time",
        "back in time",
        "restart",
        "away until the restart",
        "in hand",
        "not yet at work",
        "lost with its edge",
        "twice",
    ],
)
def test_what_a_restart_explains_is_no_fault(leave: Leave, outages: list[Outage]) -> None:
    assert list(judge([leave], outages)) == []


@pytest.mark.parametrize(
    ("leave", "outages", "fault"),
    [
        (left(DUE + 11.0), [], DeadlineFault.LATE),
        (left(DUE + 36.0), killed(DUE - 1.0, DUE + 15.0), DeadlineFault.LATE),
        (left(DUE + 41.0), killed(DUE + 0.5, DUE + 6.0), DeadlineFault.LATE),
        (left(DUE + 11.0), killed(LEFT - 20.0, LEFT - 11.0), DeadlineFault.LATE),
        (left(None), killed(DUE - 1.0, DUE + 15.0), DeadlineFault.MISSED),
        (left(None, until=DUE + 11.0), [], DeadlineFault.MISSED),
    ],
    ids=["late", "after the restart", "after the lease", "at work before he left", "missed", "missed without a kill"],
)
def test_a_planted_fault_is_caught(leave: Leave, outages: list[Outage], fault: DeadlineFault) -> None:
    assert [found.fault for found in judge([leave], outages)] == [fault]


def test_the_figures_say_how_late_the_latest_was() -> None:
    found = figures([left(DUE - 1.0), left(DUE + 2.0), left(None, until=DUE - 1.0)])
    assert found == {"deadlines due": 2, "kept": 2, "late at most s": 2.0}
    assert figures([])["late at most s"] == 0.0
