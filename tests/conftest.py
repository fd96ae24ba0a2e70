"""A real Kafka and a real mongod for the tests that ask for them.

One of each serves a whole run, xdist's workers included. They start when the first test needs them, on free ports with
their data in a temporary directory, and are gone when the run has ended, even when it was killed. With
PARLEY_TEST_KAFKA (host:port) or PARLEY_TEST_MONGO (a URL) in the environment, those are used in their place.
"""

import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from pymongo import MongoClient

from tests.backing import ADDRESSES, READY_SECONDS

ROOT = Path(__file__).resolve().parents[1]
STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of pytest: the process that leads it, and the directory of its Kafka and mongod."""

    pid: int
    worker: bool

    @property
    def directory(self) -> Path:
        return Path(tempfile.gettempdir()) / f"parley-tests-{self.pid}"


@dataclass(frozen=True, slots=True)
class Backing:
    """Where Kafka and MongoDB are."""

    kafka: str
    mongo: str
    keeper: int
    """The process that keeps them."""


RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[RUN] = Run(os.getpid(), worker=False) if told is None else Run(told["run"], worker=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run"] = os.getpid()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "backing" in item.fixturenames:
            item.add_marker(pytest.mark.real)


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash[RUN]
    if not run.worker and (run.directory / ADDRESSES).exists():
        os.kill(_read(run).keeper, signal.SIGTERM)
        _wait_until_removed(run.directory)


@pytest.fixture(scope="session")
def backing(pytestconfig: pytest.Config) -> Backing:
    """A running Kafka and a running mongod."""
    kafka, mongo = os.environ.get("PARLEY_TEST_KAFKA"), os.environ.get("PARLEY_TEST_MONGO")
    if kafka and mongo:
        return Backing(kafka, mongo, keeper=0)
    run = pytestconfig.stash[RUN]
    with FileLock(run.directory.with_suffix(".lock"), timeout=2 * READY_SECONDS):
        own = _read(run) if (run.directory / ADDRESSES).exists() else _start(run)
    return Backing(kafka or own.kafka, mongo or own.mongo, own.keeper)


@pytest.fixture(scope="session")
def kafka_bootstrap(backing: Backing) -> str:
    """The address (host:port) of a running broker, shared by all tests of the run."""
    return backing.kafka


@pytest.fixture(scope="session")
def mongo_url(backing: Backing) -> str:
    """The URL of a running replica set of one, shared by all tests of the run."""
    return backing.mongo


@pytest.fixture
def database_name(mongo_url: str) -> Iterator[str]:
    """The name of a database of this test's own; it is dropped afterwards."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    with MongoClient[dict[str, Any]](mongo_url, timeoutMS=30_000) as client:
        client.drop_database(name)


@pytest.fixture
def unique() -> str:
    """A prefix for names of topics and groups that no other test uses."""
    return f"t{secrets.token_hex(6)}-"


def _start(run: Run) -> Backing:
    run.directory.mkdir()
    log = os.open(run.directory / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    keeper = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "tests.backing", str(run.directory), "--run", str(run.pid)],
        os.environ | {"PYTHONPATH": str(ROOT)},
        file_actions=[(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)],
        setsid=True,
    )
    try:
        _wait_until_ready(run, keeper, log)
    finally:
        os.close(log)
    return _read(run)


def _wait_until_ready(run: Run, keeper: int, log: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while not (run.directory / ADDRESSES).exists():
        ended, _ = os.waitpid(keeper, os.WNOHANG)
        if ended or time.monotonic() > end:
            said = Path(f"/proc/self/fd/{log}").read_text(encoding="utf-8")
            pytest.exit(f"Kafka and mongod for the tests did not start: {said.strip()}", returncode=3)
        time.sleep(0.1)


def _read(run: Run) -> Backing:
    return Backing(**json.loads((run.directory / ADDRESSES).read_text(encoding="utf-8")))


def _wait_until_removed(directory: Path) -> None:
    end = time.monotonic() + STOP_SECONDS
    while directory.exists() and time.monotonic() < end:
        time.sleep(0.05)
