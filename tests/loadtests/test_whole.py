"""The whole of Parley, as `parley up` starts it: people chat through it, and it keeps its promises under load."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.local.running import stack_environment

START_SECONDS = 180
LIMIT_SECONDS = 180


class Whole:
    """A running stack."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = stack_environment(directory) | {"PARLEY_CHAT_PASSWORD": "correct horse battery"}
        self.server = f"http://127.0.0.1:{self.environment['PARLEY_APP_PORT']}"

    @contextmanager
    def running(self) -> Iterator[None]:
        output = self.directory / "up.log"
        with output.open("wb") as file, self._start(["parley", "up"], stdout=file, stderr=file) as up:
            try:
                end = time.monotonic() + START_SECONDS
                while "Parley runs" not in output.read_text(encoding="utf-8"):
                    assert up.poll() is None, output.read_text(encoding="utf-8")
                    assert time.monotonic() < end, output.read_text(encoding="utf-8")
                    time.sleep(0.2)
                yield
            finally:
                up.terminate()
                up.wait(60)

    def _start(self, module: Sequence[str], **given: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", *module], env=self.environment, cwd=self.directory, **given)

    def chat(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = ["parley", "chat", "--server", self.server, *arguments]
        return self._start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def load(self, scenario: str, *arguments: str) -> dict[str, Any]:
        """Run a scenario; its figures. Fails when the history is not whole."""
        figures = self.directory / f"{scenario}.json"
        command = [sys.executable, "-m", "loadtests", scenario, *arguments, "--json", str(figures)]
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        found: dict[str, Any] = json.loads(figures.read_bytes())
        return found


def until(chat: "subprocess.Popen[bytes]", text: str) -> str:
    """Read what the chat shows up to the line that contains the text."""
    assert chat.stdout is not None
    shown = ""
    while text not in shown:
        line = chat.stdout.readline()
        assert line, f"{text!r} was never shown:\n{shown}"
        shown += line.decode()
    return shown


def say(chat: "subprocess.Popen[bytes]", text: str) -> None:
    assert chat.stdin is not None
    chat.stdin.write(f"{text}\n".encode())


def leave(chat: "subprocess.Popen[bytes]") -> str:
    """Close its input: it leaves when everything is sent."""
    rest, _ = chat.communicate(timeout=LIMIT_SECONDS)
    assert chat.returncode == 0
    return rest.decode()


def two_people_chat_in_terminals(whole: Whole) -> None:
    alice = whole.chat("--user", "alice", "--register")
    until(alice, "connected to edge-")
    bob = whole.chat("--user", "bob", "--register", "--with", "alice")
    until(bob, "connected to edge-")
    say(bob, "hello alice")
    until(bob, "bob ✓: hello alice")
    until(alice, "[bob]")
    say(alice, "/open bob")
    until(alice, "bob: hello alice")
    say(alice, "hello bob")
    until(bob, "alice: hello bob")
    for number in range(50):
        say(alice, f"message {number}")
    leave(alice)
    until(bob, "alice: message 49")
    leave(bob)
    again = whole.chat("--user", "BOB", "--with", "alice")
    until(again, "alice: message 49")
    leave(again)


def pairs_at_a_rate(whole: Whole) -> None:
    figures = whole.load("pairs", "--users", "20", "--rate", "100", "--seconds", "3", "--warmup", "1")
    assert figures["verdict"]["acknowledged"] == figures["verdict"]["stored"] == 400
    measured = {row["process"] for row in figures["sections"]["processes"]}
    assert measured >= {"edge-1", "edge-2", "api", "router", "writer", "kafka", "mongod", "driver"}


def retries_with_the_same_ids_make_no_doubles(whole: Whole) -> None:
    figures = whole.load("retries", "--users", "20", "--messages", "400")
    assert figures["verdict"]["stored"] == 400


def killed_processes_cost_nothing_but_time(whole: Whole) -> None:
    kinds = ("edge", "router", "writer", "notifications", "session-expiry", "mongod")
    chosen = [argument for kind in kinds for argument in ("--kind", kind)]
    figures = whole.load(
        "kill", *chosen, "--times", "1", "--users", "10", "--rate", "50", "--topics", "10", "--between", "2"
    )
    assert len(figures["sections"]["kills"]) == 6
    (notified,) = figures["sections"]["notifications"]
    assert notified["pushes"] >= notified["to be told"] > 0
    assert notified["untold"] == notified["in no digest"] == 0
    (presence,) = figures["sections"]["presence"]
    assert presence["visits"] > 0
    assert presence["wrongly told"] == 0
    assert figures["verdict"]["unanswered"] == 0


@pytest.mark.real
@pytest.mark.timeout(300)  # it starts everything, on a machine that may be busy
def test_the_whole_keeps_its_promises(tmp_path: Path) -> None:
    whole = Whole(tmp_path)
    with whole.running():  # starting it takes longer than everything else: it is done once
        two_people_chat_in_terminals(whole)
        pairs_at_a_rate(whole)
        retries_with_the_same_ids_make_no_doubles(whole)
        killed_processes_cost_nothing_but_time(whole)
