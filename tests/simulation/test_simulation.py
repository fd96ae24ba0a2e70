"""A hundred simulated lives, all well; and with each planted bug, one within 60 that is not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.planting import ROOT, plant

pytestmark = pytest.mark.simulated

PLANTED = sorted((Path(__file__).parent / "planted").glob("*.patch"))
SEEDS_EACH = 50
SEEDS_TO_CATCH = 60
SAID = re.compile(r"^First caught by seed (\d+)\.$", re.MULTILINE)


def simulate(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("first", range(0, 100, SEEDS_EACH))
def test_all_is_well(first: int) -> None:
    run = simulate(ROOT, "--first", str(first), "--seeds", str(SEEDS_EACH))

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("patch", PLANTED, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_caught(patch: Path, tmp_path: Path) -> None:
    """The patch is applied to a copy; that the checker speaks, and not a traceback, is part of it."""
    plant(patch, tmp_path)
    begin = likely(patch)

    run = simulate(tmp_path, "--first", str(begin), "--seeds", str(SEEDS_TO_CATCH - begin), "--stop")
    if run.returncode == 0 and begin > 0:
        run = simulate(tmp_path, "--seeds", str(begin), "--stop")

    assert run.returncode == 1, run.stdout + run.stderr
    assert "seed " in run.stdout, run.stderr


def likely(patch: Path) -> int:
    """The seed to begin with: a patch whose bug shows late says which one caught it when it was written."""
    said = SAID.search(patch.read_text(encoding="utf-8"))
    return 0 if said is None else int(said[1])


def test_a_seed_replays_exactly() -> None:
    runs = [simulate(ROOT, "--seed", "7", "--fingerprint").stdout.splitlines()[0] for _ in range(2)]

    assert runs[0] == runs[1]
    assert "fingerprint" in runs[0]


def test_there_are_at_least_ten_planted_bugs() -> None:
    assert len(PLANTED) >= 10
