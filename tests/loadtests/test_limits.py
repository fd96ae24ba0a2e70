"""Whoever measures into the limits is told what to set."""

from io import StringIO

import pytest
from rich.console import Console

from loadtests.limits import SETTINGS
from loadtests.report import Report
from parley.settings import PREFIX, Settings


@pytest.mark.parametrize(("error", "told"), [("error: rate_limited", True), ("error: unavailable", False)])
def test_a_report_says_what_to_set(error: str, told: bool) -> None:
    shown = StringIO()
    Report("pairs", {}, errors={error: 3}).show(Console(file=shown, width=1000))
    assert ("PARLEY_LIMIT_COMMANDS=off" in shown.getvalue()) is told


def test_there_are_such_settings() -> None:
    assert {name.removeprefix(PREFIX).lower() for name in SETTINGS} <= Settings.model_fields.keys()
