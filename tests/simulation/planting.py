"""A planted bug in a copy of the code, and the tests that have to catch it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIMULATED = ("schemas", "domain", "bus", "store", "producer_gateway", "consumers", "loadtests", "tests")


def plant(patch: Path, copy: Path) -> None:
    """Copy the code, with the bug in it."""
    for package in SIMULATED:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    command = ["patch", "-p1", "-i", str(patch)]
    applied = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=30, check=False)
    assert applied.returncode == 0, f"{patch.name} does not fit the code any more: {applied.stdout}"


def assert_caught(patch: Path, copy: Path, *tests: str) -> None:
    """What fails has to be the judge."""
    plant(patch, copy)
    shutil.copy(ROOT / "pyproject.toml", copy)

    test = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not simulated", *tests]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(copy)}
    run = subprocess.run(test, cwd=copy, env=environment, capture_output=True, text=True, timeout=170, check=False)

    assert run.returncode == 1, run.stdout
    assert "AssertionError" in run.stdout or "TimeoutError" in run.stdout, run.stdout
