"""Kafka and mongod of a test run are gone when the run is, even when it was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.backing import ADDRESSES
from tests.local.running import eventually, processes_with

pytestmark = pytest.mark.real


def test_they_end_with_a_killed_run(tmp_path: Path) -> None:
    directory = tmp_path / "stack"
    directory.mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as run:
        keep = [sys.executable, "-m", "tests.backing", str(directory), "--run", str(run.pid)]
        with subprocess.Popen(keep, stderr=subprocess.PIPE) as keeper:
            assert eventually((directory / ADDRESSES).exists, 120)
            assert len(processes_with(str(directory))) == 3  # the keeper, Kafka, mongod
            run.kill()
            keeper.wait(60)
    assert not processes_with(str(directory))
    assert not directory.exists()
