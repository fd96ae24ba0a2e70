"""Bugs planted in what keeps strangers out of ephemeral chats: each has to be caught by the tests of it."""

from pathlib import Path

import pytest

from tests.simulation.planting import assert_caught

PLANTED = sorted((Path(__file__).parent / "planted").glob("*.patch"))


@pytest.mark.simulated
@pytest.mark.parametrize("patch", PLANTED, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_caught(patch: Path, tmp_path: Path) -> None:
    assert_caught(patch, tmp_path, "tests/api/test_chats.py", "tests/api/test_code_tries.py")
