"""`parley up` as a person meets it: it starts, keeps running, stops, starts again, and says why it cannot."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from parley.local.errors import CannotStartError
from parley.local.up import require_space
from tests.local.running import children_of, eventually, processes_with, runs, stack_environment

ORDER = [
    "api",
    "edge-2",
    "edge-1",
    "router",
    "notifications",
    "delivery-status",
    "search-index",
    "writer",
    "session-expiry",
    "kafka",
    "mongod",
]
ALICE = {"username": "alice", "password": "correct horse battery"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The environment of a stack of its own."""
    return stack_environment(tmp_path)


class Stack:
    """A running `parley up`."""

    def __init__(self, process: "subprocess.Popen[str]", output: Path, settings: Mapping[str, str]) -> None:
        self.process = process
        self._output = output
        self.app = f"http://127.0.0.1:{settings['PARLEY_APP_PORT']}"
        self.var = settings["PARLEY_VAR"]

    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def says(self, pattern: str) -> bool:
        return eventually(lambda: re.search(pattern, self.said(), re.MULTILINE) is not None, 120)

    def children(self) -> set[int]:
        return children_of(self.process.pid)

    def pid_of(self, service: str) -> int:
        (pid,) = self.children() & processes_with(f"\0parley\0{service}\0")
        return pid

    def post(self, path: str, body: Mapping[str, str]) -> int:
        return httpx.post(f"{self.app}{path}", json=body, timeout=30).status_code


@contextmanager
def running(settings: Mapping[str, str], output: Path) -> Iterator[Stack]:
    command = [sys.executable, "-m", "parley", "up"]
    with (
        output.open("w", encoding="utf-8") as file,
        subprocess.Popen(command, env=settings, stdout=file, stderr=file, text=True, cwd=output.parent) as process,
    ):
        stack = Stack(process, output, settings)
        try:
            assert stack.says("^Parley runs"), stack.said()
            yield stack
        finally:
            process.kill()  # whatever it started dies with it


def fails(settings: Mapping[str, str], directory: Path) -> str:
    """What `parley up` says on stderr when it does not start."""
    command = [sys.executable, "-m", "parley", "up"]
    done = subprocess.run(command, env=settings, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.real
@pytest.mark.timeout(400)
def test_it_starts_heals_stops_and_finds_its_data_again(settings: dict[str, str], tmp_path: Path) -> None:
    with running(settings, tmp_path / "first.log") as stack:
        assert stack.post("/api/users", ALICE) == 201
        refused = fails(settings | {"PARLEY_APP_PORT": "1"}, tmp_path)
        assert refused.startswith(f"Parley already runs on {stack.var} (process {stack.process.pid}): stop it, or set")
        os.kill(stack.pid_of("router"), signal.SIGKILL)
        assert stack.says(r"^router +ended \(killed by SIGKILL\), starts again in 0\.\d s: .*router\.log$")
        assert stack.says(r"^router +ready again")
        children = stack.children()
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(90) == 0
        assert re.findall(r"^(\S+) +stopped$", stack.said(), re.MULTILINE) == ORDER
        assert not any(runs(pid) for pid in children)
    with running(settings, tmp_path / "second.log") as stack:
        assert stack.post("/api/login", ALICE) == 200
        children = stack.children()
        assert len(children) == len(ORDER)
        stack.process.kill()
        assert eventually(lambda: not any(runs(pid) for pid in children))


def test_a_taken_port_is_told_with_its_setting(settings: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", int(settings["PARLEY_KAFKA_PORT"]))):
        told = fails(settings, tmp_path)
    port = settings["PARLEY_KAFKA_PORT"]
    assert told == f"port {port} for Kafka is taken: choose another with PARLEY_KAFKA_PORT\n"


def test_missing_java_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    told = fails(settings | {"PATH": str(tmp_path)}, tmp_path)
    assert told == "Java is missing: install Java 17 or newer (openjdk-17-jre-headless)\n"


def test_a_full_disk_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    var = Path(settings["PARLEY_VAR"])
    (var / "kafka").mkdir(parents=True)
    (var / "kafka" / "format.properties").symlink_to("/dev/full")
    assert fails(settings, tmp_path) == f"the disk that holds {var} is full\n"


def test_too_little_space_is_told_before_anything_starts(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(CannotStartError, match=r"^the disk that holds .* is full: \d+ MiB are free, \d+ are needed"):
        require_space(tmp_path, 2**60)


def test_a_place_that_cannot_be_written_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = fails(settings | {"PARLEY_VAR": str(tmp_path / "file" / "var")}, tmp_path)
    assert told == f"{tmp_path}/file/var: Not a directory\n"


def test_an_unknown_setting_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "parley", "up"]
    environment = settings | {"PARLEY_APP_PROT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, "PARLEY_APP_PROT: there is no such setting\n")
